//! Doing what the command line does: a verb is run at a desk in the name of the visitor.

use std::sync::Arc;

use zhida_engine::payouts::Actor;

use super::ask::Ask;
use super::fault::WebFault;
use super::visitor::Visitor;
use crate::arguments::Common;
use crate::command::{run_job_words, run_words};
use crate::failure::{Failure, Status};
use crate::output::Output;
use crate::payouts::desk::Desk;
use crate::payouts::keys::Keys;
use crate::publishing;

/// The job that decides by the policies in force: they must be those of the day.
const SWEEP: &str = "sweep";

/// What a verb came to: each value that it would have written as a line.
#[derive(Debug)]
pub(crate) struct Acted {
    /// Whether all of it was done.
    pub(crate) status: Status,
    /// What it says, one value a line.
    pub(crate) values: Vec<serde_json::Value>,
}

impl Acted {
    /// The refusals among the answers, as number and words.
    pub(crate) fn refusals(&self) -> Vec<(u64, String)> {
        let refused = self.values.iter().filter_map(|value| {
            let code = value.get("code")?.as_u64()?;
            let message = value.get("message")?.as_str()?;
            Some((code, message.to_owned()))
        });
        refused.collect()
    }

    /// Refused where anything was: for steps of which one thing is asked.
    ///
    /// # Errors
    /// The first refusal.
    pub(crate) fn whole(self) -> Result<Vec<serde_json::Value>, WebFault> {
        let first = self.refusals().into_iter().next();
        match (self.status, first) {
            (Status::Done, _) => Ok(self.values),
            (_, Some((code, message))) => Err(WebFault::refused(u16::try_from(code).ok(), message)),
            (_, None) => Err(WebFault::refused(None, "没有办理")),
        }
    }
}

/// Runs a verb in the name of whoever asks; `key` makes a repetition the same order.
///
/// # Errors
/// What the verb says; an answer that holds refusals is not an error, see [`Acted::whole`].
pub(crate) async fn act<F>(ask: &Ask, key: Option<String>, verb: F) -> Result<Acted, WebFault>
where
    F: FnOnce(&mut Desk, &Common, &mut Output) -> Result<Status, Failure> + Send + 'static,
{
    let actor = ask.session()?.actor();
    act_in(ask, actor, key, verb).await
}

/// A verb of `zhida payout` with its words, put together so that no value can pass for an option.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    options: Vec<String>,
    positionals: Vec<String>,
}

impl Typed {
    /// The verb, such as `approve`.
    pub(crate) fn verb(name: &'static str) -> Self {
        Self {
            options: vec![name.to_owned()],
            positionals: Vec::new(),
        }
    }

    /// An option without a value, such as `--all`.
    pub(crate) fn flag(mut self, name: &'static str) -> Self {
        self.options.push(name.to_owned());
        self
    }

    /// An option with its value.
    pub(crate) fn option(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.options.push(format!("{name}={value}"));
        self
    }

    /// An option with its value, if there is one.
    pub(crate) fn maybe(self, name: &'static str, value: Option<&str>) -> Self {
        match value.map(str::trim) {
            None | Some("") => self,
            Some(value) => self.option(name, value),
        }
    }

    /// What stands for itself, such as the number of a payout.
    pub(crate) fn of(mut self, value: impl std::fmt::Display) -> Self {
        self.positionals.push(value.to_string());
        self
    }

    /// The words as they would be typed.
    fn words(self) -> Vec<String> {
        let mut words = self.options;
        if !self.positionals.is_empty() {
            words.push("--".to_owned());
            words.extend(self.positionals);
        }
        words
    }
}

/// Runs a verb of `zhida payout` in the name of whoever asks.
///
/// # Errors
/// As [`act`].
pub(crate) async fn act_typed(
    ask: &Ask,
    key: Option<String>,
    typed: Typed,
) -> Result<Acted, WebFault> {
    let actor = ask.session()?.actor();
    act_typed_in(ask, actor, key, typed).await
}

/// The verbs of `zhida payout` that compute by the policies of the day.
const BY_POLICIES: [&str; 3] = ["take", "check", "amend"];

/// Refuses to work by policies that do not hold today.
async fn policies_hold(ask: &Ask) -> Result<(), WebFault> {
    let (server, day) = (Arc::clone(&ask.server), ask.at.business_date());
    let looking = tokio::task::spawn_blocking(move || publishing::must_be_of_today(&server, day));
    Ok(looking.await.map_err(WebFault::broken)??)
}

/// Runs a verb of `zhida payout` in another name, such as that of somebody who lent a role.
///
/// # Errors
/// As [`act`]; what computes by policies while those of today are not in force.
pub(crate) async fn act_typed_in(
    ask: &Ask,
    actor: Actor,
    key: Option<String>,
    typed: Typed,
) -> Result<Acted, WebFault> {
    let words = typed.words();
    let verb = words.first().map(String::as_str);
    if verb.is_some_and(|verb| BY_POLICIES.contains(&verb)) {
        policies_hold(ask).await?;
    }
    act_in(ask, actor, key, move |desk, common, output| {
        run_words(&words, desk, common, output)
    })
    .await
}

/// Asks for a job, lists or cancels jobs, in the name of whoever asks: a verb of `zhida job`, such
/// as `Typed::verb("ask").flag("import")`. Its paths are the server's own, never a visitor's.
///
/// # Errors
/// As [`act`]; a sweep while the policies of today are not in force.
pub(crate) async fn act_job(
    ask: &Ask,
    key: Option<String>,
    typed: Typed,
) -> Result<Acted, WebFault> {
    let words = typed.words();
    if words.get(1).is_some_and(|word| word == SWEEP) {
        policies_hold(ask).await?;
    }
    act(ask, key, move |desk, common, output| {
        run_job_words(&words, desk, common, output)
    })
    .await
}

/// Runs a verb in another name: that of the system for clocks and channels.
///
/// # Errors
/// As [`act`].
pub(crate) async fn act_in<F>(
    ask: &Ask,
    actor: Actor,
    key: Option<String>,
    verb: F,
) -> Result<Acted, WebFault>
where
    F: FnOnce(&mut Desk, &Common, &mut Output) -> Result<Status, Failure> + Send + 'static,
{
    let key = match (key.filter(|key| !key.is_empty()), &ask.visitor) {
        (Some(key), Visitor::Person(session)) => {
            let (accounts, user) = (&ask.server.accounts, session.user.id.as_str());
            Some(accounts.key_root(user, &key).await?)
        }
        (key, Visitor::Person(_) | Visitor::Nobody) => key,
    };
    let keys = Keys::new(key.as_deref())?;
    at_desk(ask, actor, keys, move |desk, common| {
        let mut output = Output::kept();
        let status = verb(desk, common, &mut output)?;
        Ok(Acted {
            status,
            values: output.into_values(),
        })
    })
    .await
}

/// Reads something at a desk, on a thread that may wait.
///
/// # Errors
/// What the work says.
pub(crate) async fn look<T, F>(ask: &Ask, work: F) -> Result<T, WebFault>
where
    T: Send + 'static,
    F: FnOnce(&mut Desk, &Common) -> Result<T, Failure> + Send + 'static,
{
    at_desk(ask, Actor::System, Keys::new(None)?, work).await
}

/// The same for what takes long: it waits for its turn with other such work before it takes a
/// thread, so that those who wait keep nobody else from reading.
///
/// # Errors
/// What the work says.
pub(crate) async fn look_in_turn<T, F>(ask: &Ask, work: F) -> Result<T, WebFault>
where
    T: Send + 'static,
    F: FnOnce(&mut Desk, &Common) -> Result<T, Failure> + Send + 'static,
{
    let turn = ask.server.turn().await?;
    look(ask, move |desk, common| {
        let done = work(desk, common);
        drop(turn);
        done
    })
    .await
}

async fn at_desk<T, F>(ask: &Ask, actor: Actor, keys: Keys, work: F) -> Result<T, WebFault>
where
    T: Send + 'static,
    F: FnOnce(&mut Desk, &Common) -> Result<T, Failure> + Send + 'static,
{
    let (server, at) = (Arc::clone(&ask.server), ask.at);
    let handle = server.handle.clone();
    let is_fresh = match &ask.visitor {
        Visitor::Person(session) => session.has_stepped_up(at),
        Visitor::Nobody => false,
    };
    let ran = tokio::task::spawn_blocking(move || {
        let store = Arc::clone(&server.store);
        let mut desk = Desk::lent(handle, store, actor, at, keys);
        if !is_fresh {
            desk = desk.without_fresh_code(WebFault::step_up().into());
        }
        work(&mut desk, &server.common())
    });
    let ran = ran.await.map_err(WebFault::broken)?;
    ran.map_err(WebFault::from)
}

//! A server goes on with the policies that hold now: after an approval, at the start, and on the
//! day from which a version holds.
//!
//! # Shape
//! Two threads of their own: one puts in force, whatever jobs run beside; the other tells
//! enterprises ([`news`]), which may take long and fail without anybody else being concerned.
//! What could not be put in force is tried again, stands in the metrics and on the page of the
//! policies, and no sweep is asked for meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use zhida_policies::values::Date;

use super::news;
use super::shelf::in_force;
use crate::command::published;
use crate::failure::{Failure, Status};
use crate::output::Output;
use crate::store::{Store, StoreError};
use crate::web::Server;

/// How often the clock and the log are looked at.
const REST: Duration = Duration::from_millis(500);
/// How long a server rests after something failed.
const PAUSE: Duration = Duration::from_secs(30);

/// What a thread knows of its last try.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// Not before, where something failed.
    pause: Option<Instant>,
}

impl Seen {
    fn rests(self) -> bool {
        self.pause.is_some_and(|until| Instant::now() < until)
    }

    fn after<T>(done: &Result<T, Failure>) -> Self {
        Self {
            pause: match done {
                Ok(_) => None,
                Err(_) => Instant::now().checked_add(PAUSE),
            },
        }
    }
}

/// Which policies a server goes by.
#[derive(Clone, Debug, Default)]
pub(crate) struct InStep {
    /// Those after so many publications, on which day.
    pub(crate) held: Option<(u32, Date)>,
    /// Why it does not go by others, which it should.
    pub(crate) problem: Option<String>,
}

/// Starts both threads; they end soon after the flag is set.
pub(crate) fn start(server: &Arc<Server>, stop: &Arc<AtomicBool>) -> [thread::JoinHandle<()>; 2] {
    let mut told = None;
    [
        run(
            (server, stop),
            "the published policies cannot be put in force",
            |server, _| follow(server),
        ),
        run(
            (server, stop),
            "enterprises cannot be told of policies",
            move |server, stop| tell_what_is_new(server, stop, &mut told),
        ),
    ]
}

/// Tells of versions where there are others than after the last time that all were told of.
fn tell_what_is_new(
    server: &Arc<Server>,
    stop: &AtomicBool,
    told: &mut Option<u32>,
) -> Result<(), Failure> {
    let edition = server.handle.block_on(edition(&server.store))?;
    if *told != Some(edition) {
        news::tell(server, stop)?;
        *told = Some(edition);
    }
    Ok(())
}

fn run(
    (server, stop): (&Arc<Server>, &Arc<AtomicBool>),
    what: &'static str,
    mut step: impl FnMut(&Arc<Server>, &AtomicBool) -> Result<(), Failure> + Send + 'static,
) -> thread::JoinHandle<()> {
    let (server, stop) = (Arc::clone(server), Arc::clone(stop));
    thread::spawn(move || {
        let mut seen = Seen::default();
        while !stop.load(Ordering::Relaxed) {
            if !seen.rests() {
                let done = step(&server, &stop);
                if let Err(failure) = &done {
                    tracing::error!(?failure, "{what}");
                }
                seen = Seen::after(&done);
            }
            thread::sleep(REST);
        }
    })
}

/// Puts the policies of today in force; whether they changed.
///
/// It waits for the store, so it belongs on a thread that may block.
/// # Errors
/// What cannot be read or written; the policies stay as they were then.
fn refresh(server: &Arc<Server>) -> Result<bool, Failure> {
    let _turn = server.publishing();
    let today = server.clock.now().business_date();
    let renewed = renew(server, today);
    server.keep_in_step(match &renewed {
        Ok((_, edition)) => InStep {
            held: Some((*edition, today)),
            problem: None,
        },
        Err(failure) => InStep {
            held: server.in_step().held,
            problem: Some(failure.words()),
        },
    });
    renewed.map(|(is_new, _)| is_new)
}

fn renew(server: &Arc<Server>, today: Date) -> Result<(bool, u32), Failure> {
    let held = in_force(&server.store, &server.base, &server.folder, today);
    let held = server.handle.block_on(held)?;
    let now = server.published();
    let is_new = held.common.policies != now.common.policies;
    if is_new || held.edition != now.edition {
        let mut fresh = published(&held.common, &mut Output::kept())?;
        fresh.edition = held.edition;
        tracing::info!(edition = held.edition, digest = %fresh.digest, "policies in force");
        server.publish(fresh);
    }
    Ok((is_new, held.edition))
}

/// Puts in force what was approved a moment ago; whether policies changed.
///
/// # Errors
/// That it was approved all the same, and is tried again.
pub(crate) fn put_in_force(server: &Arc<Server>) -> Result<bool, Failure> {
    refresh(server).map_err(|failure| {
        // Nothing was undone, and asking again is no mistake.
        Failure::said(
            Status::Interrupted,
            format!("批准已经记入日志,但政策还没有生效:{}", failure.words()),
            "服务会自动再试;请告诉系统管理员,不必重新批准",
        )
    })
}

/// Refreshes where something was published since, here or elsewhere, or another day has begun.
///
/// # Errors
/// What cannot be read or written; the policies stay as they were then.
pub(crate) fn follow(server: &Arc<Server>) -> Result<(), Failure> {
    match is_of_today(server)? {
        true => Ok(()),
        false => refresh(server).map(drop),
    }
}

fn is_of_today(server: &Server) -> Result<bool, Failure> {
    let today = server.clock.now().business_date();
    let edition = server.handle.block_on(edition(&server.store))?;
    Ok(server.in_step().held == Some((edition, today)))
}

/// Refuses what would be decided by policies that do not hold on a day, which is today where
/// nothing is wrong; what can be put in force now is.
///
/// # Errors
/// Why the policies of today are not in force.
pub(crate) fn must_be_of_today(server: &Arc<Server>, day: Date) -> Result<(), Failure> {
    follow(server).map_err(|failure| {
        Failure::refused(
            format!("今天的政策还没有生效,没有办理:{}", failure.words()),
            "请告诉系统管理员;政策生效以后重新办理",
        )
    })?;
    let held = server.in_step().held;
    match held.is_some_and(|(_, held)| held == day) {
        true => Ok(()),
        false => Err(Failure::refused(
            "提交的时候跨过了零点,没有办理",
            "请重新提交:按新一天的政策办理",
        )),
    }
}

/// How many publications there are.
async fn edition(store: &Store) -> Result<u32, StoreError> {
    let query = "SELECT CAST(COALESCE(SUM(versions), 0) AS BIGINT) AS versions FROM policies";
    let rows = store.database.fetch(query, &[]).await?;
    let count = rows.first().map_or(Ok(0), |row| row.int("versions"))?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

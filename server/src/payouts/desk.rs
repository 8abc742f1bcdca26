//! Where people act on payouts: the open data folder, the actor, the moment and the keys.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use zhida_engine::payouts::{
    Action, Actor, Books, BureauId, Command, Moment, MotionId, Order, PersonId, Subject, UserId,
};
use zhida_policies::values::Uscc;

use crate::accounts::needs_fresh_code;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::keys::Keys;
use crate::scratch::Scratch;
use crate::store::{Address, Answered, NewFile, Request, Store, StoreError};
use crate::table::count;

/// How many refusals are listed where people look.
const REFUSALS_LISTED: usize = 20;

/// Which data folder, who acts, and when.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "办理选项")]
pub(crate) struct DeskArguments {
    /// 数据文件夹
    #[arg(
        long,
        value_name = "文件夹",
        default_value = "zhida-data",
        global = true
    )]
    pub(crate) data: PathBuf,
    /// 数据库:不写用数据文件夹里的 SQLite;postgres://… 用 PostgreSQL
    #[arg(
        long,
        value_name = "地址",
        global = true,
        env = "ZHIDA_STORE",
        hide_env_values = true
    )]
    pub(crate) store: Option<Address>,
    /// 以哪个账号办理;不写为系统自身
    #[arg(long = "as", value_name = "账号", global = true)]
    pub(crate) user: Option<String>,
    /// 受谁委托办理
    #[arg(long, value_name = "账号", requires = "user", global = true)]
    pub(crate) in_place_of: Option<String>,
    /// 帮办:为哪家企业办理
    #[arg(long, value_name = "代码", value_parser = crate::command::uscc, requires = "user", global = true)]
    pub(crate) for_enterprise: Option<Uscc>,
    /// 帮办:企业的哪位经办人要求办理
    #[arg(long, value_name = "姓名", requires = "user", global = true)]
    pub(crate) asked_by: Option<String>,
    /// 办理时刻,如 2026-03-15T09:30:00+08:00;不写用现在
    #[arg(long, value_name = "时刻", value_parser = moment, global = true)]
    pub(crate) now: Option<Moment>,
    /// 幂等键:同一个键重复运行,不会重复办理
    #[arg(long, value_name = "键", global = true)]
    pub(crate) key: Option<String>,
}

fn moment(text: &str) -> Result<Moment, String> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    parsed
        .map(|at| Moment(at.as_microsecond()))
        .map_err(|_| "时刻写成 2026-03-15T09:30:00+08:00 这样".to_owned())
}

/// What runs the work of a desk.
enum Running {
    /// A command has its own.
    Own(tokio::runtime::Runtime),
    /// A server lends its own to many desks.
    Lent(tokio::runtime::Handle),
}

impl Running {
    fn handle(&self) -> &tokio::runtime::Handle {
        match self {
            Self::Own(runtime) => runtime.handle(),
            Self::Lent(handle) => handle,
        }
    }
}

/// The open desk.
pub(crate) struct Desk {
    running: Running,
    pub(crate) store: Arc<Store>,
    pub(crate) actor: Actor,
    pub(crate) at: Moment,
    pub(crate) keys: Keys,
    /// What a visitor who has shown no fresh code is told where one is needed.
    asks_for_code: Option<Failure>,
}

impl Desk {
    /// Opens the data folder.
    pub(crate) fn open(arguments: &DeskArguments) -> Result<Self, Failure> {
        Self::with(arguments, async |arguments| {
            Store::open(&arguments.data, arguments.store.as_ref()).await
        })
    }

    /// Sets a data folder up.
    pub(crate) fn create(arguments: &DeskArguments, origin: &str) -> Result<Self, Failure> {
        Self::with(arguments, async |arguments| {
            Store::create(&arguments.data, arguments.store.as_ref(), origin).await
        })
    }

    fn with(
        arguments: &DeskArguments,
        open: impl AsyncFnOnce(&DeskArguments) -> Result<Store, StoreError>,
    ) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| {
                Failure::bad_data(
                    format!("无法启动后台线程:{error}"),
                    "请检查系统的线程数限制",
                )
            })?;
        let store = runtime.block_on(open(arguments))?;
        Ok(Self {
            running: Running::Own(runtime),
            store: Arc::new(store),
            actor: actor(arguments)?,
            at: arguments.now.unwrap_or_else(now),
            keys: Keys::new(arguments.key.as_deref())?,
            asks_for_code: None,
        })
    }

    /// A desk over a store that others use as well, for one actor at one moment.
    ///
    /// It waits for the store, so it belongs on a thread that may block.
    pub(crate) fn lent(
        handle: tokio::runtime::Handle,
        store: Arc<Store>,
        actor: Actor,
        at: Moment,
        keys: Keys,
    ) -> Self {
        Self {
            running: Running::Lent(handle),
            store,
            actor,
            at,
            keys,
            asks_for_code: None,
        }
    }

    /// Refuses every order that needs a fresh code of the second factor, and tells so.
    pub(crate) fn without_fresh_code(mut self, told: Failure) -> Self {
        self.asks_for_code = Some(told);
        self
    }

    /// Refuses where an order needs a fresh code that was not shown.
    fn check_code(&mut self, orders: &[(Actor, Command)]) -> Result<(), Failure> {
        if self.asks_for_code.is_none() {
            return Ok(());
        }
        for (_, command) in orders {
            let mut of_motion = None;
            if let Command::SignMotion { motion } = command {
                let books = self.see(&[Subject::Motion(motion.clone())])?;
                of_motion = books.motion(motion).map(|motion| motion.action.clone());
            }
            if needs_fresh_code(command, of_motion.as_ref()) {
                return Err(self.asks_for_code.take().unwrap_or_else(|| {
                    Failure::refused("这一步要用新的动态码再确认一次", "请验证后重试")
                }));
            }
        }
        Ok(())
    }

    /// Where work goes on beside the desk.
    pub(crate) fn handle(&self) -> &tokio::runtime::Handle {
        self.running.handle()
    }

    /// A folder inside the data folder for one piece of work.
    pub(crate) fn scratch(&self) -> Result<Scratch, Failure> {
        let folder = &self.store.folder;
        Scratch::within(folder).map_err(|error| Failure::file(folder, "建立临时文件夹", &error))
    }

    /// Waits for something of the store.
    pub(crate) fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Failure> {
        Ok(self.handle().block_on(work)?)
    }

    /// The part of the books that these name.
    pub(crate) fn see(&self, subjects: &[Subject]) -> Result<Books, Failure> {
        self.wait(self.store.see(subjects))
    }

    /// The bureau of the actor; the system has none.
    pub(crate) fn bureau(&self) -> Result<Option<BureauId>, Failure> {
        let id = match &self.actor {
            Actor::User(id) | Actor::Delegate { user: id, .. } => id,
            Actor::Assisted { clerk, .. } => clerk,
            Actor::System => return Ok(None),
        };
        let books = self.see(&[Subject::User(id.clone())])?;
        Ok(books.user(id).map(|user| user.bureau.clone()))
    }

    /// Gives orders in the name of the actor, each carried out or refused by itself.
    pub(crate) fn give(&mut self, commands: Vec<Command>) -> Result<Vec<Answered>, Failure> {
        let actor = self.actor.clone();
        self.give_as(&actor, commands)
    }

    /// Gives orders in another name: that of the system for clocks and channels.
    pub(crate) fn give_as(
        &mut self,
        actor: &Actor,
        commands: Vec<Command>,
    ) -> Result<Vec<Answered>, Failure> {
        let orders = commands.into_iter().map(|command| (actor.clone(), command));
        self.give_each(orders.collect())
    }

    /// Gives one order together with the files that belong to it, in the name of the actor.
    pub(crate) fn give_with_files(
        &mut self,
        command: Command,
        files: &[NewFile],
    ) -> Result<Answered, Failure> {
        let orders = [(self.actor.clone(), command)];
        self.check_code(&orders)?;
        let [(actor, command)] = orders;
        let request = Request {
            key: self.keys.of(&actor, &command)?,
            order: Order {
                actor,
                at: self.at,
                command,
            },
        };
        self.wait(self.store.submit_with_files(request, files))
    }

    /// Gives orders, each in a name of its own.
    pub(crate) fn give_each(
        &mut self,
        orders: Vec<(Actor, Command)>,
    ) -> Result<Vec<Answered>, Failure> {
        self.check_code(&orders)?;
        let mut requests = Vec::with_capacity(orders.len());
        for (actor, command) in orders {
            requests.push(Request {
                key: self.keys.of(&actor, &command)?,
                order: Order {
                    actor,
                    at: self.at,
                    command,
                },
            });
        }
        self.handle()
            .block_on(self.store.submit(&requests))
            .map_err(Failure::from)
    }

    /// Asks for something that needs several people.
    pub(crate) fn open_motion(
        &mut self,
        output: &mut Output,
        action: Action,
    ) -> Result<Status, Failure> {
        let motion = MotionId::new(self.keys.name("M"));
        let title = action.chinese();
        let signers: Vec<&str> = action.roles().iter().map(|role| role.chinese()).collect();
        let verb = if matches!(action, Action::PublishPolicy(_)) {
            "zhida policy approve"
        } else {
            "zhida payout sign"
        };
        let next = action.roles().get(1).map_or("", |role| role.chinese());
        let command = Command::OpenMotion {
            motion: motion.clone(),
            action: Box::new(action),
        };
        let answered = self.give(vec![command])?;
        let is_refused = |answer: &Answered| matches!(answer, Answered::Refused { .. });
        if answered.iter().any(is_refused) {
            return told(output, title, &answered);
        }
        match output.form() {
            Form::Json => {
                told(output, title, &answered)?;
                output.json(&json!({"motion": motion, "signers": signers}))?;
            }
            // Asked for is not done: that is said of the last signature.
            Form::People => {
                let others = signers.get(1..).unwrap_or_default();
                output.line(format_args!(
                    "{title}:已提出,还没有办理,须由{}同意",
                    others.join("、")
                ))?;
                output.line(format_args!(
                    "会签事项 {motion};下一步:{next} 运行 {verb} {motion}"
                ))?;
            }
        }
        Ok(Status::Done)
    }
}

/// Who acts, as typed.
fn actor(arguments: &DeskArguments) -> Result<Actor, Failure> {
    let user = arguments.user.as_ref().map(UserId::new);
    match (user, &arguments.in_place_of, arguments.for_enterprise) {
        (None, _, _) => Ok(Actor::System),
        (Some(user), None, None) => Ok(Actor::User(user)),
        (Some(user), Some(of), None) => Ok(Actor::Delegate {
            user,
            of: UserId::new(of),
        }),
        (Some(clerk), None, Some(enterprise)) => {
            let asked_by = arguments.asked_by.as_ref().ok_or_else(|| {
                Failure::usage(
                    "帮办没有写明企业的哪位经办人要求办理",
                    "请加 --asked-by 姓名",
                )
            })?;
            Ok(Actor::Assisted {
                clerk,
                enterprise,
                asked_by: PersonId::new(asked_by),
            })
        }
        (Some(_), Some(_), Some(_)) => Err(Failure::usage(
            "不能同时受委托和帮办",
            "请在 --in-place-of 和 --for-enterprise 中选一个",
        )),
    }
}

fn now() -> Moment {
    Moment(jiff::Timestamp::now().as_microsecond())
}

/// Says how many orders were carried out, and why the others were not.
pub(crate) fn told(
    output: &mut Output,
    step: &str,
    answered: &[Answered],
) -> Result<Status, Failure> {
    let mut refused = Vec::new();
    for answer in answered {
        match (output.form(), answer) {
            (Form::Json, _) => output.json(&answer)?,
            (Form::People, Answered::Refused { code, message, .. }) => {
                refused.push(format!("[{code}] {message}"));
            }
            (Form::People, Answered::Done { .. }) => {}
        }
    }
    let is_refused = |answer: &&Answered| matches!(answer, Answered::Refused { .. });
    let refusals = answered.iter().filter(is_refused).count();
    if output.form() == Form::People {
        let done = answered.len().saturating_sub(refusals);
        let mut line = format!("{step}:{} 项已办", count(done));
        if refusals > 0 {
            line.push_str(&format!(",{} 项未办", count(refusals)));
        }
        output.line(line)?;
        for line in refused.iter().take(REFUSALS_LISTED) {
            output.line(format_args!("  未办 {line}"))?;
        }
        if refusals > REFUSALS_LISTED {
            output.line("  其余见 --json")?;
        }
    }
    Ok(if refusals > 0 {
        Status::Refused
    } else {
        Status::Done
    })
}

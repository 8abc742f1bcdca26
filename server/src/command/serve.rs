//! `zhida serve`: API, pages and jobs in one process.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use axum::Extension;
use clap::Args;
use zhida_engine::payouts::Moment;
use zhida_indexer::{Index, Lexicon};

use crate::accounts::{Accounts, SignIns};
use crate::arguments::Common;
use crate::articles;
use crate::daily::{self, DailySettings};
use crate::failure::{Failure, Status};
use crate::installation::Installation;
use crate::job_worker;
use crate::library;
use crate::messages::{Channels, Courier, carry};
use crate::output::{Output, note};
use crate::payouts::settings::BureauSettings;
use crate::publishing;
use crate::serve::logs::{self, LogLevel};
use crate::serve::settings::ServeArguments;
use crate::serve::{Listening, Metrics, Parts, stop_signal};
use crate::site;
use crate::store::{Address, Store};
use crate::web::{Clock, Published, Server, ServerParts};

/// 启动服务:企业服务、工作台、审计、系统管理的页面,接口和后台任务
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida payout init bureau.toml --data zhida-data\n  \
    zhida serve --data zhida-data --settings bureau.toml"
)]
pub(crate) struct Serve {
    /// 数据文件夹(zhida payout init 建立)
    #[arg(long, value_name = "文件夹", default_value = "zhida-data")]
    data: PathBuf,
    /// 数据库:不写用数据文件夹里的 SQLite;postgres://… 用 PostgreSQL
    #[arg(long, value_name = "地址", env = "ZHIDA_STORE", hide_env_values = true)]
    store: Option<Address>,
    /// 单位设置(TOML);几个单位写几次
    #[arg(long, value_name = "设置")]
    settings: Vec<PathBuf>,
    /// 安装配置(TOML):服务、登录、消息;写法见 docs/serving.md
    #[arg(long, value_name = "配置")]
    installation: Option<PathBuf>,
    #[command(flatten)]
    serve: ServeArguments,
    /// 日志记多少:error、warn、info
    #[arg(
        long,
        value_name = "详略",
        default_value = "info",
        hide_possible_values = true
    )]
    log: LogLevel,
    /// 演示和检验用:不自动办理每天到点的事(公示期满、逾期未确认、久无银行答复)
    #[arg(long)]
    no_daily: bool,
    /// 演示和检验用:时钟从这一刻走起,如 2026-07-01T09:00:00+08:00
    #[arg(long, value_name = "时刻", value_parser = moment)]
    clock: Option<Moment>,
}

/// A moment as it is typed.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    parsed
        .map(|at| Moment(at.as_microsecond()))
        .map_err(|_| "时刻写成 2026-07-01T09:00:00+08:00 这样".to_owned())
}

impl Serve {
    /// Serves what a show has made, at the usual address.
    pub(super) fn show(
        data: PathBuf,
        store: Option<Address>,
        settings: PathBuf,
        (listen, clock): (Option<SocketAddr>, Option<Moment>),
    ) -> Self {
        Self {
            data,
            store,
            settings: vec![settings],
            installation: None,
            serve: ServeArguments {
                listen,
                ..ServeArguments::default()
            },
            log: LogLevel::Warn,
            no_daily: true,
            clock,
        }
    }

    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| {
                Failure::bad_data(format!("无法启动:{error}"), "请检查系统的线程数限制")
            })?;
        logs::start(self.log);
        runtime.block_on(self.answer(common, output))
    }

    async fn answer(self, base: &Common, output: &mut Output) -> Result<Status, Failure> {
        let installation = Installation::read(self.installation.as_deref())?;
        let settings = installation.serve.clone().with(&self.serve);
        let store = Store::open(&self.data, self.store.as_ref()).await?;
        let codes = library::codes()?;
        #[cfg(feature = "openid")]
        let services = installation.services()?;
        let accounts = Accounts::open(&store, &self.data, installation.accounts, codes).await?;
        #[cfg(feature = "openid")]
        accounts.know(services);
        let database = store.database.clone();
        let ways = &installation.messages;
        let channels = Arc::new(Channels::new(ways)?);
        let courier = Courier::new(database.clone(), Arc::clone(&channels), ways.tries_max);
        let bureaus = self.settings.iter().map(|path| BureauSettings::read(path));
        let bureaus = bureaus.collect::<Result<Vec<_>, Failure>>()?;
        #[cfg(feature = "openid")]
        check_services(&accounts, &bureaus).await?;
        let folder = std::path::absolute(&self.data)
            .map_err(|error| Failure::file(&self.data, "定位", &error))?;
        let clock = self.clock.map_or(Clock::Machine, Clock::beginning);
        let today = clock.now().business_date();
        let held = publishing::in_force(&store, base, &folder, today).await?;
        let mut published = published(&held.common, output)?;
        published.edition = held.edition;
        let server = Server::new(ServerParts {
            store: Arc::new(store),
            folder,
            clock,
            base: Common::with(base.policies.clone(), base.vocabulary.clone()),
            bureaus,
            published,
            material: None,
            accounts,
            recogniser: Arc::new(SignIns),
        });
        first_start(&server).await?;
        let opened = Arc::clone(&server);
        let opened = tokio::task::spawn_blocking(move || job_worker::refresh(&opened)).await;
        opened.map_err(|error| Failure::bad_data(format!("后台线程出错:{error}"), ""))??;
        let listening = Listening::open(settings).await?;
        let stopped = stop_signal()?;
        let (kept, clock) = (Arc::clone(&server.store), server.clock.clone());
        let messages = tokio::spawn(carry(courier, kept, move || clock.now()));
        let daily = DailySettings {
            is_on: installation.daily.is_on && !self.no_daily,
            ..installation.daily
        };
        let daily = tokio::spawn(daily::run(Arc::clone(&server), daily));
        let threads = Threads::start(&server, self.store.clone());
        let router = crate::web::router(&server, site::places()).layer(Extension(channels));
        note(format_args!("服务已启动:http://{}/", listening.address()?));
        let parts = Parts {
            database: Some(database),
            metrics: metrics(&server),
        };
        let served = listening.serve(router, parts, stopped).await;
        // What was being sent is sent again at the next start.
        messages.abort();
        // A day that was broken off is gone on with at the next start.
        daily.abort();
        threads.end();
        let ended = served?;
        if ended.cut > 0 {
            note(format_args!("{} 个连接没有按时结束,已断开", ended.cut));
        }
        Ok(Status::Done)
    }
}

/// What works beside the answers: jobs, and whatever follows the policies in force.
struct Threads {
    stop: Arc<AtomicBool>,
    all: Vec<JoinHandle<()>>,
}

impl Threads {
    fn start(server: &Arc<Server>, store: Option<Address>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let worker = job_worker::start(Arc::clone(server), store, Arc::clone(&stop));
        let followers = publishing::start(server, &stop);
        let all = followers.into_iter().chain([worker]).collect();
        Self { stop, all }
    }

    /// Ends when each has ended what it is at.
    fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.all {
            let _a_thread_that_failed_said_so = thread.join();
        }
    }
}

/// Refuses identity services that name a bureau that is none.
#[cfg(feature = "openid")]
async fn check_services(accounts: &Accounts, bureaus: &[BureauSettings]) -> Result<(), Failure> {
    let named: Vec<_> = bureaus.iter().map(BureauSettings::id).collect();
    accounts.check_services(&named).await
}

/// What this process counts of itself.
fn metrics(server: &Arc<Server>) -> Arc<Metrics> {
    let metrics = Arc::new(Metrics::default());
    let hasher = server.accounts.hasher();
    metrics.watch(
        "hash_pool_room",
        "Passwords that may still wait",
        move || i64::try_from(hasher.room()).unwrap_or(i64::MAX),
    );
    let of = Arc::clone(server);
    metrics.watch(
        "policies_behind",
        "1 while the policies of today could not be put in force",
        move || i64::from(of.is_behind()),
    );
    metrics
}

/// Nobody has signed in yet: the administrators get one-time codes, and choose their own.
async fn first_start(server: &Server) -> Result<(), Failure> {
    let now = server.clock.now();
    for issued in server.accounts.first_codes(now).await? {
        note(format_args!(
            "首次启动:账号 {} 的首次设置代码 {},请本人打开 /set-up 设置密码",
            issued.account, issued.code
        ));
    }
    Ok(())
}

/// The policies asked for, without drafts, and their index.
pub(crate) fn published(common: &Common, output: &mut Output) -> Result<Published, Failure> {
    let mut library = library::sound(common, output)?;
    library::without_drafts(&mut library);
    let failed = |error: zhida_indexer::Error| {
        Failure::bad_data(format!("检索索引建不起来:{error}"), "请检查内存和磁盘")
    };
    let lexicon = Arc::new(Lexicon::new(articles::words(&library)).map_err(failed)?);
    let index = Index::create_in_ram(lexicon, &articles::entries(&library)).map_err(failed)?;
    Ok(Published {
        index,
        common: Common::with(common.policies.clone(), common.vocabulary.clone()),
        // Whoever knows of publications says how many there were.
        edition: 0,
        digest: zhida_engine::diff::policies_digest(&library),
        library,
    })
}

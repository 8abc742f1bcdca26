//! A throw-away PostgreSQL server, shared by all tests that run at one time.
//!
//! Every test is a process of its own. Each holds a shared lock while it uses the server; the
//! first starts it together with a watcher, which stops it and removes its data once nobody has
//! held the lock for some seconds, however the tests ended.

use std::fs::{self, File, OpenOptions};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Starts the server, waits until nobody uses it any more, stops it.
const WATCHER: &str = include_str!("postgres.sh");
/// How long a server may take to start.
const START_MAX: Duration = Duration::from_secs(60);

/// A running server, which runs at least as long as this lives.
pub(crate) struct Server {
    port: u16,
    _using: File,
}

impl Server {
    /// The server of this run, started if nobody has; `None` where PostgreSQL is not installed.
    pub(crate) fn shared() -> Option<Self> {
        let programs = programs()?;
        let folder = folder();
        fs::create_dir_all(&folder).unwrap();
        let using = open(&folder.join("users"));
        using.lock_shared().unwrap();
        let starting = open(&folder.join("starting"));
        starting.lock().unwrap();
        let running = running(&folder);
        let port = running.unwrap_or_else(|| start(&folder, &programs));
        Some(Self {
            port,
            _using: using,
        })
    }

    /// The address of a database.
    pub(super) fn url(&self, database: &str) -> String {
        let port = self.port;
        format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    /// Makes an empty database that no other test uses.
    pub(super) async fn create_database(&self, isolation: &str) -> String {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::SeqCst);
        let name = format!("test_{}_{number}", std::process::id());
        self.run(format!("CREATE DATABASE {name}")).await;
        self.run(format!(
            "ALTER DATABASE {name} SET default_transaction_isolation = '{isolation}'"
        ))
        .await;
        name
    }

    pub(super) async fn drop_database(&self, name: &str) {
        self.run(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }

    async fn run(&self, sql: String) {
        let connected = PgConnection::connect(&self.url("postgres")).await;
        let mut connection = connected.unwrap();
        let sql = AssertSqlSafe(sql);
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// The folder of the server, one for each target folder.
fn folder() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let target = program.parent().unwrap();
    let digest = Sha256::digest(target.as_os_str().as_encoded_bytes());
    let name: String = digest
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    std::env::temp_dir().join(format!("zhida-postgres-{name}"))
}

/// The folder of the server's programs: Debian keeps them outside of `PATH`.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        found.extend(versions.map(|version| version.unwrap().path().join("bin")));
    }
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path));
    found.retain(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists());
    found.pop()
}

fn open(path: &Path) -> File {
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    options.open(path).unwrap()
}

fn running(folder: &Path) -> Option<u16> {
    let port = fs::read_to_string(folder.join("port")).ok()?;
    let port = port.trim().parse().ok()?;
    TcpStream::connect(("127.0.0.1", port)).ok()?;
    Some(port)
}

#[expect(
    clippy::zombie_processes,
    reason = "the watcher outlives this process, as it is to"
)]
fn start(folder: &Path, programs: &Path) -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let _ = fs::remove_file(folder.join("port"));
    let mut watcher = Command::new("sh");
    watcher.args(["-c", WATCHER, "postgres.sh"]);
    watcher.arg(folder).arg(programs).arg(port.to_string());
    watcher.stdin(Stdio::null()).stdout(Stdio::null());
    watcher.stderr(File::create(folder.join("log")).unwrap());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut watcher, 0);
    watcher.spawn().unwrap();
    let begun = Instant::now();
    while running(folder).is_none() {
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(begun.elapsed() < START_MAX, "PostgreSQL: {}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
    port
}

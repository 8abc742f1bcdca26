//! A bureau and its server, begun with nothing, on days of its own.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(120);

/// The folder of a bureau, its database, and the server where one runs.
pub(crate) struct Office {
    folder: TempDir,
    store: Option<String>,
    port: u16,
    server: Option<Running>,
}

struct Running {
    process: Child,
    /// When it was that time of the clock.
    began: (Instant, u64),
}

impl Office {
    /// Sets up a bureau over a database of PostgreSQL, or over a file of its own.
    ///
    /// `files` are those that people of the bureau have on their machines; `bureau.toml` is one,
    /// and the policies lie in a folder `政策`.
    pub(crate) fn new(store: Option<String>, files: &[(&str, String)], now: &str) -> Self {
        // Free again when it is known; the address stays the same over all days.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let office = Self {
            folder: TempDir::new().unwrap(),
            store,
            port,
            server: None,
        };
        for (name, text) in files {
            let path = office.path(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        office.run(&["payout", "init", "bureau.toml", "--now", now]);
        office
    }

    /// Where a file of the bureau lies.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same, as a form takes it.
    pub(crate) fn file(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// The address of a page.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhida"));
        command.current_dir(self.folder.path());
        match &self.store {
            Some(address) => command.env("ZHIDA_STORE", address),
            None => command.env_remove("ZHIDA_STORE"),
        };
        command
    }

    /// Types a line beside the server, which must not run meanwhile; what it says, as data.
    pub(crate) fn run(&self, words: &[&str]) -> Vec<Value> {
        assert!(self.server.is_none(), "the folder is in use");
        let mut command = self.command();
        let output = command.args(words).arg("--json").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words:?}\n{said}\n{wrong}");
        said.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// Starts the server at a time, such as `2026-07-01T09:00:00+08:00`.
    pub(crate) fn open(&mut self, at: &str) {
        assert!(self.server.is_none(), "it is open already");
        let seconds: jiff::Timestamp = at.parse().unwrap();
        let listen = format!("127.0.0.1:{}", self.port);
        let mut process = self
            .command()
            .args(["serve", "--settings", "bureau.toml", "--policies", "政策"])
            .args(["--installation", "installation.toml"])
            .args(["--listen", &listen, "--clock", at, "--log", "warn"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let began = Instant::now();
        let mut said = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut before = String::new();
        loop {
            let Some(Ok(line)) = said.next() else {
                panic!("the server ended: {before}");
            };
            if line.contains("服务已启动") {
                break;
            }
            before.push_str(&line);
            assert!(
                began.elapsed() < START,
                "the server does not answer: {before}"
            );
        }
        // What it says is read on, so that it never waits.
        std::thread::spawn(move || {
            said.map_while(Result::ok)
                .for_each(|line| eprintln!("{line}"))
        });
        let seconds = u64::try_from(seconds.as_second()).unwrap();
        let began = (Instant::now(), seconds);
        self.server = Some(Running { process, began });
    }

    /// Ends the server as a failure of the power would: what it said was done must be kept.
    pub(crate) fn close(&mut self) {
        if let Some(mut running) = self.server.take() {
            let _it_may_be_gone = running.process.kill();
            let _it_was_ended = running.process.wait();
        }
    }

    /// What the clock of the server says, in seconds of Unix.
    pub(crate) fn now(&self) -> u64 {
        let (instant, seconds) = self.server.as_ref().unwrap().began;
        seconds + instant.elapsed().as_secs()
    }

    /// The files that were handed to the bank.
    pub(crate) fn bank_files(&self) -> Vec<String> {
        files_in(&self.path("zhida-data/bank"))
    }
}

fn files_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

impl Drop for Office {
    fn drop(&mut self) {
        self.close();
    }
}

//! The running server, its memory and its share of the cores.

use std::fmt;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::scene::Scene;

/// How long it may take to open 1,000,000 enterprises.
const START: Duration = Duration::from_secs(240);
/// Clock ticks a second of the times in /proc.
const TICKS: f64 = 100.0;

/// The process.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where it answers.
    pub(crate) address: SocketAddr,
    peak: std::cell::Cell<u64>,
}

impl Server {
    /// Starts it over the data of a scene; what it records goes to a file, as it would.
    pub(crate) fn start(scene: &Scene) -> Self {
        let said = scene.folder().join("serve.log");
        let child = Command::new(env!("CARGO_BIN_EXE_zhida"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(scene.data())
            .arg("--settings")
            .arg(scene.bureau())
            .env_remove("ZHIDA_STORE")
            .stdout(Stdio::null())
            .stderr(Stdio::from(File::create(&said).unwrap()))
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let address = loop {
            assert!(
                begun.elapsed() < START,
                "{}",
                fs::read_to_string(&said).unwrap()
            );
            let text = fs::read_to_string(&said).unwrap();
            let found = text
                .lines()
                .find_map(|line| line.split_once("服务已启动:http://"));
            if let Some((_, address)) = found {
                break address.trim_end_matches('/').parse().unwrap();
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        println!("started in {:.1} s", begun.elapsed().as_secs_f64());
        Self {
            child,
            address,
            peak: std::cell::Cell::new(0),
        }
    }

    /// Its number.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// What is resident now, in MiB.
    pub(crate) fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most that was resident in any of the parts, in MiB: what opening the enterprises took
    /// for a moment apart.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.get()
    }

    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process())).unwrap();
        let mut lines = status.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)).unwrap();
        let kibibytes: u64 = value.trim().trim_end_matches(" kB").parse().unwrap();
        kibibytes / 1024
    }

    /// Begins to watch memory and cores.
    pub(crate) fn watch(&self) -> Watch {
        // The greatest size is measured anew from here.
        fs::write(format!("/proc/{}/clear_refs", self.process()), "5").unwrap();
        Watch {
            begun: Instant::now(),
            server: ticks(self.process()),
            load: ticks(std::process::id()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _it_may_be_gone = self.child.kill();
        let _it_was_ended = self.child.wait();
    }
}

/// The processor time of a process.
fn ticks(process: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name in brackets may hold spaces.
    let (_, rest) = text.rsplit_once(')').unwrap();
    let mut fields = rest.split_whitespace().skip(11);
    let mut next = || fields.next().unwrap().parse::<f64>().unwrap();
    next() + next()
}

/// What is being watched.
#[derive(Debug)]
pub(crate) struct Watch {
    begun: Instant,
    server: f64,
    load: f64,
}

/// How much of one core each took, and the most memory meanwhile.
#[derive(Debug)]
pub(crate) struct Share {
    server: f64,
    load: f64,
    peak: u64,
}

impl Watch {
    /// What it came to.
    pub(crate) fn read(&self, server: &Server) -> Share {
        let seconds = self.begun.elapsed().as_secs_f64();
        let of = |process: u32, before: f64| (ticks(process) - before) / TICKS / seconds;
        let peak = server.status("VmHWM:");
        server.peak.set(server.peak.get().max(peak));
        Share {
            server: of(server.process(), self.server),
            load: of(std::process::id(), self.load),
            peak,
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "server {:.2} cores, load {:.2}, peak {} MiB",
            self.server, self.load, self.peak
        )
    }
}

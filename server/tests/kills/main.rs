//! Promises P6 and P7 on the real binary: a month of command lines, killed at any instant, run
//! again under the same keys, ends where a month ends that was never killed.
//!
//! `ZHIDA_KILLS=1000` kills more often, `ZHIDA_SEED=…` at other instants.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test whose inputs cannot be made or read fails"
)]

mod lines;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use lines::{Line, Step};
use serde_json::Value;
use tempfile::TempDir;
use zhida::{Store, Verification};
use zhida_engine::payouts::Digest;

/// How many kills there are, unless `ZHIDA_KILLS` says another number.
const KILLS: usize = 300;
/// How often a line is killed before it is let through, at most.
const KILLS_OF_LINE: u64 = 4;

/// The inputs, and a folder for each month.
struct Place {
    folder: TempDir,
}

/// One month in a folder of its own.
struct Month<'a> {
    place: &'a Place,
    folder: PathBuf,
}

/// What a month comes to.
#[derive(Debug, PartialEq, Eq)]
struct End {
    books: String,
    things: u64,
    postings: u64,
    bank: Vec<(String, String)>,
    notices: Vec<(String, String)>,
}

#[test]
fn p6_p7_killed_at_any_instant() {
    let wanted = number("ZHIDA_KILLS").map_or(KILLS, |kills| usize::try_from(kills).unwrap());
    let seed = number("ZHIDA_SEED").unwrap_or(6);
    let place = Place::new();
    let (expected, spans) = place.month("whole").whole();
    let mut dice = Dice(seed);
    let mut kills = 0;
    for number in 0.. {
        if kills >= wanted {
            break;
        }
        let month = place.month(&format!("month {number}"));
        kills += month.killed(&spans, &mut dice);
        assert_eq!(month.end(), expected, "month {number} of seed {seed}");
        fs::remove_dir_all(&month.folder).unwrap();
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// splitmix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Some instant before a span is over: as likely in its first half as in the half of that.
    fn instant(&mut self, span: Duration) -> Duration {
        let most = u64::try_from(span.as_micros()).unwrap().max(1_001);
        loop {
            let most_bits = u64::from(most.ilog2()) + 1;
            let low = 1 << (9 + self.next() % (most_bits - 8));
            let instant = low + self.next() % low;
            if instant < most {
                return Duration::from_micros(instant);
            }
        }
    }
}

impl Place {
    fn new() -> Self {
        let place = Self {
            folder: TempDir::new().unwrap(),
        };
        for (name, text) in lines::inputs() {
            fs::write(place.folder.path().join(name), text).unwrap();
        }
        let mut sweep = Command::new(env!("CARGO_BIN_EXE_zhida"));
        sweep.args(lines::SWEEP).current_dir(place.folder.path());
        let output = sweep.output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
        place
    }

    /// A month that was set up and not begun. All begin from one folder: its key signs the log,
    /// and notices show heads of the log.
    fn month(&self, name: &str) -> Month<'_> {
        let begun = Month {
            place: self,
            folder: self.folder.path().join("begun"),
        };
        if !begun.folder.exists() {
            let output = begun.run(&lines::init(), "init");
            assert!(output.status.success(), "{}", told(&output));
        }
        let folder = self.folder.path().join(name);
        copy(&begun.folder, &folder);
        Month {
            place: self,
            folder,
        }
    }
}

impl Month<'_> {
    fn command(&self, line: &Line, key: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhida"));
        let name = self.folder.file_name().unwrap().to_str().unwrap();
        let words = line.words.iter().map(|word| word.replace("{}", name));
        command
            .args(words)
            .args(["--data", &format!("{name}/data"), "--json", "--key", key])
            .args(["--now", &format!("{}T09:30:00+08:00", line.day)])
            .current_dir(self.place.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, line: &Line, key: &str) -> Output {
        self.command(line, key).output().unwrap()
    }

    /// Every line once; how long each took.
    fn whole(&self) -> (End, Vec<Duration>) {
        let mut spans = Vec::new();
        for line in lines::month() {
            let begun = Instant::now();
            let output = self.run(&line, &line.key);
            assert!(
                output.status.success(),
                "{:?}\n{}",
                line.words,
                told(&output)
            );
            spans.push(begun.elapsed());
        }
        let end = self.end();
        // Everything was paid, one of them twice sent, and nothing is open.
        let output = self.run(&lines::payouts(), "look");
        let text = String::from_utf8(output.stdout).unwrap();
        let payouts = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let states: Vec<Value> = payouts.map(|payout| payout["state"].clone()).collect();
        assert_eq!(states, vec![Value::from("SETTLED"); states.len()]);
        let counts = (states.len(), end.bank.len(), end.notices.len());
        assert_eq!(counts, (8, 2, 4), "{end:?}");
        (end, spans)
    }

    /// Every line killed some times and then let through; how many kills hit.
    fn killed(&self, spans: &[Duration], dice: &mut Dice) -> usize {
        let mut kills = 0;
        for (line, span) in lines::month().iter().zip(spans) {
            let tries = match line.step {
                Step::Store | Step::Send => dice.next() % (1 + KILLS_OF_LINE),
                Step::Outside => 0,
            };
            let before = self.folder.with_extension("before");
            if line.step == Step::Send {
                copy(&self.folder, &before);
            }
            for number in 0..tries {
                let key = line.key_of(number);
                kills += usize::from(self.kill(line, &key, dice.instant(*span)));
            }
            let output = self.run(line, &line.key_of(tries));
            if line.step == Step::Send {
                // What was found in the middle of sending without its file is never sent again by
                // itself: people must look. The month goes on from before.
                if !self.has_left() {
                    assert!(!output.status.success(), "{}", told(&output));
                    fs::remove_dir_all(&self.folder).unwrap();
                    copy(&before, &self.folder);
                    let output = self.run(line, &line.key);
                    assert!(output.status.success(), "{}", told(&output));
                }
                fs::remove_dir_all(&before).unwrap();
            }
        }
        kills
    }

    /// Whether every batch that was sealed is known to have left.
    fn has_left(&self) -> bool {
        let line = lines::batches();
        let output = self.run(&line, "look");
        assert!(output.status.success(), "{}", told(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        let batches = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        batches
            .into_iter()
            .all(|batch: Value| batch["state"] == "Sent")
    }

    /// Starts a line and kills it; whether it was still running.
    fn kill(&self, line: &Line, key: &str, after: Duration) -> bool {
        let mut child = self.command(line, key).spawn().unwrap();
        std::thread::sleep(after);
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let was_killed = output.status.signal() == Some(9);
        if !was_killed {
            assert_ne!(output.status.code(), Some(101), "{}", told(&output));
        }
        // What it said was done is in the log.
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let last = said.filter_map(|answer| answer["sequence"].as_u64()).max();
        if let (true, Some(last)) = (was_killed, last) {
            assert!(self.verified().events >= last, "{:?}\n{text}", line.words);
        }
        was_killed
    }

    fn verified(&self) -> Verification {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let store = Store::open(&self.folder.join("data"), None).await.unwrap();
            let found = store.verify(None).await.unwrap();
            store.close().await;
            assert_eq!(found.fault, None);
            found
        })
    }

    fn end(&self) -> End {
        let found = self.verified();
        End {
            books: found.books.to_string(),
            things: found.things,
            postings: found.postings,
            bank: files(&self.folder.join("bank")),
            notices: files(&self.folder.join("notices")),
        }
    }
}

/// The files of a folder by name, with their digests.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let digest = Digest::of(&fs::read(entry.path()).unwrap());
        files.push((name, digest.to_string()));
    }
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(path, target).unwrap();
        }
    }
}

fn told(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}\n{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}

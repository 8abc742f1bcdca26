//! A data folder with very many enterprises, the whole library, a sweep, and enterprises that can
//! sign in.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use zhida_engine::decision::{Decision, NotApplicable};
use zhida_engine::generate::{GenerateOptions, Generator};
use zhida_engine::interpreter::{Context, Interpreter};
use zhida_engine::snapshot::{EnterpriseRow, SnapshotBuilder, vocabulary_digest};
use zhida_policies::check::{CheckOptions, check};
use zhida_policies::document::PolicyStatus;
use zhida_policies::load::read_policies;
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Date, Region};
use zhida_policies::vocabulary::Vocabulary;

use crate::client::{Asked, Connection, get, post};

const VOCABULARY: &str = include_str!("../../../policies/library/vocabulary.toml");
const BUREAU: &str = include_str!("../../src/command/demo/bureau.toml");
/// The assessment year and the as-of date.
const YEAR: i32 = 2025;
const AS_OF: &str = "2026-06-30";
const SEED: u64 = 1;

/// How large the measurement is.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Enterprises.
    pub(crate) rows: u64,
    /// How long each part takes.
    pub(crate) span: Duration,
    /// Which parts.
    pub(crate) parts: Vec<String>,
    accounts: u64,
}

impl Settings {
    /// What the environment asks for.
    pub(crate) fn read() -> Self {
        let is_quick = number("ZHIDA_BENCH_QUICK", 0) > 0;
        let usual = |quick, whole| if is_quick { quick } else { whole };
        let parts = std::env::var("ZHIDA_BENCH_PARTS");
        let parts = parts.unwrap_or_else(|_| "search,mine,attack".to_owned());
        Self {
            rows: number("ZHIDA_BENCH_ROWS", usual(100_000, 1_000_000)),
            span: Duration::from_secs(number("ZHIDA_BENCH_SECONDS", usual(4, 15))),
            parts: parts.split(',').map(str::to_owned).collect(),
            accounts: number("ZHIDA_BENCH_ACCOUNTS", usual(40, 200)),
        }
    }
}

fn number(name: &str, usual: u64) -> u64 {
    let asked = std::env::var(name).ok();
    asked.map_or(usual, |text| text.replace('_', "").parse().unwrap())
}

/// An enterprise that can sign in.
#[derive(Debug)]
struct Person {
    account: String,
    code: String,
    enterprise: EnterpriseRow,
}

/// Everything that is there before the server starts.
pub(crate) struct Scene {
    folder: TempDir,
    people: Vec<Person>,
    /// The policies, without drafts.
    pub(crate) library: Library,
    generator: Generator,
}

impl Scene {
    /// Makes it; the enterprises are kept below the target folder for the next time.
    pub(crate) fn make(settings: &Settings) -> Self {
        let library = library();
        let generator = generator(&library, settings.rows);
        let kept = kept(&library, settings.rows);
        if !kept.exists() {
            let rows = settings.rows.to_string();
            let output = kept.display().to_string();
            run(&[
                "generate", "--count", &rows, "--seed", "1", "--year", "2025", "--as-of", AS_OF,
                "--output", &output,
            ]);
        }
        let folder = tempfile::tempdir_in(kept.parent().unwrap()).unwrap();
        let mut scene = Self {
            folder,
            people: Vec::new(),
            library,
            generator,
        };
        let rows = scene.busiest(settings.accounts);
        scene.set_up(&kept, rows);
        scene
    }

    /// The enterprises with the most measures to be looked at, out of forty times as many.
    fn busiest(&self, accounts: u64) -> Vec<EnterpriseRow> {
        let rows = (0..accounts * 40).map(|number| self.generator.row(number));
        let is_near = |decision: &Decision| {
            let elsewhere = matches!(
                decision,
                Decision::NotApplicable(NotApplicable::Region { .. })
            );
            !elsewhere
        };
        let near = |row: &EnterpriseRow| {
            self.decisions(row)
                .iter()
                .filter(|one| is_near(one))
                .count()
        };
        let mut rows: Vec<(usize, EnterpriseRow)> = rows.map(|row| (near(&row), row)).collect();
        rows.sort_by_key(|(near, row)| (std::cmp::Reverse(*near), row.uscc.clone()));
        rows.truncate(usize::try_from(accounts).unwrap());
        let most = rows.first().map_or(0, |(near, _)| *near);
        let all: usize = rows.iter().map(|(near, _)| *near).sum();
        let average = all / rows.len().max(1);
        let of = self.library.measures.len();
        println!("measures of an enterprise that signs in: {average}, at the most {most}, of {of}");
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn set_up(&mut self, kept: &Path, rows: Vec<EnterpriseRow>) {
        let mut bureau = BUREAU.to_owned();
        for (number, row) in rows.iter().enumerate() {
            let uscc = &row.uscc;
            writeln!(
                bureau,
                "\n[[user]]\nid = \"qiye{number}\"\nperson = \"经办人{number}\"\n\
                 roles = [\"企业\"]\nenterprise = \"{uscc}\""
            )
            .unwrap();
        }
        fs::write(self.bureau(), bureau).unwrap();
        let (data, bureau) = (self.data(), self.bureau());
        let (data_text, bureau) = (data.display().to_string(), bureau.display().to_string());
        run(&["payout", "init", &bureau, "--data", &data_text]);
        let snapshot = data.join("snapshots").join("bench");
        link(kept, &snapshot);
        let snapshot = snapshot.display().to_string();
        let sweep = data.join("sweeps").join("bench").display().to_string();
        run(&["sweep", "--snapshot", &snapshot, "--out", &sweep, "--json"]);
        let issued = run(&["account", "create", "--all", "--data", &data_text, "--json"]);
        let mut codes: std::collections::BTreeMap<String, String> = issued
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|line| {
                let text = |name: &str| line[name].as_str().unwrap().to_owned();
                (text("account"), text("code"))
            })
            .collect();
        let people = rows.into_iter().enumerate().map(|(number, enterprise)| {
            let account = format!("qiye{number}");
            let code = codes.remove(&account).unwrap();
            Person {
                account,
                code,
                enterprise,
            }
        });
        self.people = people.collect();
    }

    /// Where everything lies.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// The settings of the bureau.
    pub(crate) fn bureau(&self) -> PathBuf {
        self.folder().join("bureau.toml")
    }

    /// Every enterprise chooses a password, is signed in, and looks at its measures: the page is
    /// about it, and has as many of each group as deciding it alone comes to.
    pub(crate) async fn signed_in(&self, address: SocketAddr) -> Vec<Asked> {
        let mut connection = Connection::open(address).await;
        let mut asked = Vec::with_capacity(self.people.len());
        for (number, person) in self.people.iter().enumerate() {
            let password = format!("Qvx7!mrtk{number:03}w");
            let form = [
                ("name", person.account.as_str()),
                ("code", person.code.as_str()),
                ("new", password.as_str()),
                ("again", password.as_str()),
            ];
            let answer = connection.ask(&post("/set-up", &form)).await.unwrap();
            let head = &answer.head;
            assert_eq!(answer.status, 303, "{head}");
            let mut lines = head.lines();
            let cookie = lines.find_map(|line| line.strip_prefix("set-cookie: __Host-zhida="));
            let cookie = cookie.unwrap().split(';').next().unwrap();
            let cookie = format!("__Host-zhida={cookie}");
            let request = get("/my/measures", Some(&cookie));
            let answer = connection.ask(&request).await.unwrap();
            let body = connection.body(&answer);
            let page = std::str::from_utf8(body).unwrap();
            assert_eq!(answer.status, 200, "{}", answer.head);
            self.check(page, &person.enterprise);
            let body = body.into();
            asked.push(Asked { request, body });
        }
        asked
    }

    fn check(&self, page: &str, enterprise: &EnterpriseRow) {
        assert!(page.contains(&enterprise.uscc), "{page}");
        let (due, open) = self.decided(enterprise);
        for (anchor, expected) in [("due", due), ("open", open)] {
            let (_, rest) = page.split_once(&format!("href=\"#{anchor}\"")).unwrap();
            let (shown, _) = rest.split_once("</a>").unwrap();
            let shown = shown.rsplit(' ').next().unwrap();
            assert_eq!(
                shown,
                expected.to_string(),
                "{anchor} of {}",
                enterprise.uscc
            );
        }
    }

    /// How many measures an enterprise gets, and how many are open, decided without the server.
    fn decided(&self, enterprise: &EnterpriseRow) -> (usize, usize) {
        let (mut due, mut open) = (0, 0);
        for decision in self.decisions(enterprise) {
            match decision {
                Decision::Eligible { .. } => due += 1,
                Decision::Undetermined(_) | Decision::Error(_) => open += 1,
                Decision::Ineligible(_) | Decision::NotApplicable(_) => {}
            }
        }
        (due, open)
    }

    /// Every measure for an enterprise, out of its facts alone.
    fn decisions(&self, enterprise: &EnterpriseRow) -> Vec<Decision> {
        let as_of: Date = AS_OF.parse().unwrap();
        let vocabulary = Arc::clone(&self.library.vocabulary);
        let mut builder = SnapshotBuilder::new(vocabulary, YEAR, Some(as_of));
        for column in self.generator.columns() {
            builder.add_column(*column).unwrap();
        }
        builder.push(enterprise).unwrap();
        let snapshot = builder.finish().unwrap();
        let context = Context { year: YEAR, as_of };
        let interpreter = Interpreter::new(&self.library);
        let row = snapshot.row(0);
        let decisions = self.library.measures.iter();
        let decisions = decisions.map(|measure| interpreter.decide(measure, &row, context));
        decisions.collect()
    }
}

fn generator(library: &Library, rows: u64) -> Generator {
    // As `zhida generate` does it: in all regions that the policies name.
    let regions = library.policies.iter().map(|policy| policy.region);
    let mut regions: Vec<Region> = regions.filter(|region| !region.is_nation()).collect();
    regions.sort();
    regions.dedup();
    let options = GenerateOptions {
        count: rows,
        seed: SEED,
        year: YEAR,
        as_of: Some(AS_OF.parse().unwrap()),
        regions,
        only: None,
    };
    Generator::new(Arc::clone(&library.vocabulary), &library.codes, options).unwrap()
}

/// The policies in force, as the server has them.
fn library() -> Library {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/library");
    let ends = zhida_policies::syntax::keywords::ends_expression;
    let vocabulary = Arc::new(Vocabulary::read(VOCABULARY, &ends).unwrap());
    let (texts, codes) = (read_policies(&folder).unwrap(), Codes::built_in().unwrap());
    let mut library = check(texts, vocabulary, Arc::new(codes), CheckOptions::default());
    assert!(!library.has_faults());
    let policies = &library.policies;
    let is_draft = |policy: usize| policies[policy].status == PolicyStatus::Draft;
    let measures = std::mem::take(&mut library.measures).into_iter();
    library.measures = measures.filter(|one| !is_draft(one.policy.0)).collect();
    library
}

/// Where the enterprises are kept for the next time.
fn kept(library: &Library, rows: u64) -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let target = program.ancestors().nth(3).unwrap().join("bench-data");
    fs::create_dir_all(&target).unwrap();
    let vocabulary = vocabulary_digest(&library.vocabulary);
    let vocabulary = vocabulary.rsplit(':').next().unwrap();
    target.join(format!("serving-all-{rows}-{}", &vocabulary[..12]))
}

/// The same files under another folder.
fn link(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::hard_link(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Runs a command line, and gives what it wrote.
fn run(line: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_zhida"))
        .args(line)
        .env_remove("ZHIDA_STORE")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

//! Two bureaus that must not see each other's things, with one of everything each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request as HttpRequest, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;
use zhida_engine::payouts::{
    Action, Actor, Award, BatchId, BudgetLineId, BureauId, Command, Digest, EntitlementKey, Moment,
    MotionId, NewBatch, NewNotice, NoticeId, Order, Origin, PayeeDetails, Payer, PayerId, PayoutId,
    PersonId, Publication, Role, Rules, Terms, User, UserId,
};
use zhida_engine::replay::Seal;
use zhida_policies::values::{Date, Money, Uscc};

use crate::arguments::run_line;
use crate::audit::files::files_of;
use crate::job_worker;
use crate::materials::{self, MaterialKind};
use crate::output::Output;
use crate::payouts::settings::BureauSettings;
use crate::site;
use crate::store::database::Transaction;
use crate::store::jobs::{self, NewJob};
use crate::store::{Answered, Request, StoreError};
use crate::web::testing::{CSRF, Site, WHO};

/// The bureau of whoever asks in the tests.
pub(super) const OWN: &str = "示例市财政局";
/// A bureau beside it.
pub(super) const OTHER: &str = "邻市财政局";
/// Now.
const NOW: &str = "2026-07-01T09:00:00+08:00";
/// Four weeks before.
const BEGIN: &str = "2026-06-03T09:00:00+08:00";

const DAY: i64 = 86_400_000_000;

/// One of everything of a bureau, by name.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    pub(super) bureau: String,
    /// On notice with an objection, batched, proposed, computed.
    pub(super) payouts: Vec<String>,
    pub(super) enterprise: Uscc,
    pub(super) enterprise_name: String,
    pub(super) motion: String,
    pub(super) publication: String,
    pub(super) notice: String,
    pub(super) line: String,
    pub(super) payer: String,
    pub(super) batch: String,
    pub(super) bank_line: String,
    pub(super) user: String,
    pub(super) job: String,
    pub(super) paper: String,
    /// Of the sweep that its payouts came of.
    pub(super) seal: String,
}

/// A site with two bureaus.
pub(super) struct Town {
    pub(super) site: Site,
    pub(super) own: Samples,
    pub(super) other: Samples,
    /// The digest of a sweep over the enterprises of both.
    pub(super) sweep: String,
    /// The digest of its snapshot.
    pub(super) snapshot: String,
}

/// The measure of which the payouts of one's own bureau are.
const MEASURE: &str = "xiangyang-industry-2025/output-increment";
/// What the enterprise of one's own bureau is awarded by that sweep, in yuan.
pub(super) const OWN_YUAN: &str = "23457.00";
/// What the other's is, and what both are together, as programs and as people read it.
pub(super) const OTHERS_YUAN: [&str; 4] = ["287037.00", "287,037.00", "310494.00", "310,494.00"];

/// What a reply was.
#[derive(Clone, Debug)]
pub(super) struct Got {
    pub(super) status: StatusCode,
    pub(super) kind: String,
    pub(super) tag: Option<String>,
    pub(super) text: String,
}

impl Got {
    /// The body as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// A place in percent-encoding.
pub(super) fn encoded(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// Who somebody with a role is: a header as [`crate::web::testing::ByHeader`] reads it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are all told alike"
)]
pub(super) fn who(role: Role, samples: &Samples) -> String {
    match role {
        Role::Enterprise => format!("企业@{}", samples.enterprise),
        role => format!("{}@{}", role.chinese(), samples.bureau),
    }
}

fn moment(text: &str) -> Moment {
    Moment(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

impl Town {
    /// The town, with all routes of the site.
    pub(super) async fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let settings = |bureau: &str| {
            let text = include_str!("../../command/demo/bureau.toml");
            let path = scratch.path().join("bureau.toml");
            std::fs::write(&path, text.replace(OWN, bureau)).unwrap();
            BureauSettings::read(&path).unwrap()
        };
        let bureaus = vec![settings(OWN), settings(OTHER)];
        let enterprise = |number: &str| Uscc::generate("91", "420600", number).unwrap();
        let (own, other) = (enterprise("MA000001"), enterprise("MA000002"));
        let site = Site::new(NOW, bureaus, None, site::places()).await;
        let enterprises = [
            (own, "示例甲有限公司", 223_456_789),
            (other, "邻市乙有限公司", 345_678_901),
        ];
        let beside = beside(&site, other, "邻市乙有限公司").await;
        let (sweep, snapshot) = sweep(&site, enterprises).await;
        let swept = Swept::kept(&site, &site.server.folder.join("sweeps/town"), MEASURE).await;
        let own = seed(&site, OWN, (own, "示例甲有限公司"), &swept).await;
        let other = seed(&site, OTHER, (other, "邻市乙有限公司"), &beside).await;
        Self {
            site,
            own,
            other,
            sweep,
            snapshot,
        }
    }

    /// Sends a request; the token of the session goes with it unless it is left out.
    pub(super) async fn send(
        &self,
        method: Method,
        who: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<(&str, Vec<u8>)>,
    ) -> Got {
        let mut request = HttpRequest::builder().method(method).uri(path);
        if !who.is_empty() {
            request = request.header(WHO, who);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some((kind, bytes)) => {
                request = request.header("content-type", kind);
                Body::from(bytes)
            }
            None => Body::empty(),
        };
        let request = request.body(body).unwrap();
        let response = self.site.router.clone().oneshot(request).await.unwrap();
        let text = |name: &str| {
            let value = response.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let (status, kind, tag) = (
            response.status(),
            text("content-type").unwrap_or_default(),
            text("etag"),
        );
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Got {
            status,
            kind,
            tag,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Looks.
    pub(super) async fn get(&self, who: &str, path: &str) -> Got {
        self.send(Method::GET, who, path, &[], None).await
    }

    /// Sends JSON with the token of the session.
    pub(super) async fn post(&self, who: &str, path: &str, body: &Value) -> Got {
        self.post_with(who, path, &[], body.to_string().into_bytes())
            .await
    }

    /// Sends bytes that say that they are JSON, with more headers.
    pub(super) async fn post_with(
        &self,
        who: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Got {
        let mut all = vec![("x-csrf-token", CSRF)];
        all.extend(headers);
        let body = Some(("application/json", body));
        self.send(Method::POST, who, path, &all, body).await
    }

    /// How long the log is.
    pub(super) async fn log_size(&self) -> u64 {
        // That somebody was refused is written down, and changes nothing else.
        let query = "SELECT COUNT(*) AS size FROM events WHERE kind NOT LIKE 'account.%'";
        let rows = self.site.server.store.database.fetch(query, &[]).await;
        rows.unwrap()[0].size("size").unwrap()
    }
}

/// Facts of both enterprises, and a sweep over them, as jobs would have made them.
///
/// By 工业产值增量奖励 of Xiangyang (1‰ up to 50 million yuan of increment, 2‰ up to 100 million, 3‰
/// above, rounded to yuan) the one gets 23,456.789 ≈ 23,457 yuan, the other
/// 50,000 + 100,000 + 137,036.703 ≈ 287,037 yuan.
async fn sweep(site: &Site, enterprises: [(Uscc, &str, u64); 2]) -> (String, String) {
    let mut text = "uscc,name,地区,功能区,行业,工业总产值@2025,工业总产值@2024\n".to_owned();
    for (uscc, name, output) in enterprises {
        text.push_str(&format!("{uscc},{name},420602,无,C36,{output},200000000\n"));
    }
    let server = Arc::clone(&site.server);
    let folders = ["snapshots/town", "sweeps/town"].map(|name| server.folder.join(name));
    run_sweep(site, text, folders, &[]).await;
    let refreshing = tokio::task::spawn_blocking(move || job_worker::refresh(&server));
    refreshing.await.unwrap().unwrap();
    let store = &site.server.store;
    let sweeps = materials::list(store, MaterialKind::Sweep).await.unwrap();
    (sweeps[0].digest.clone(), sweeps[0].snapshot.clone())
}

/// Facts as text, imported and swept as the command line does it.
async fn run_sweep(site: &Site, text: String, folders: [PathBuf; 2], more: &[&str]) {
    let facts = site.folder.path().join("facts.csv");
    std::fs::write(&facts, text).unwrap();
    let [facts, snapshot, sweep] =
        [facts, folders[0].clone(), folders[1].clone()].map(|path| path.display().to_string());
    let import = ["import", "--year=2025", "--as-of=2026-06-30", "--output"];
    let sweeping = ["sweep", "--snapshot", &snapshot, "--out", &sweep];
    let lines = [
        [&import[..], &[&snapshot, &facts]].concat(),
        [&sweeping[..], more].concat(),
    ];
    let lines = lines.map(|line| line.into_iter().map(str::to_owned).collect::<Vec<String>>());
    let working = tokio::task::spawn_blocking(move || {
        for line in lines {
            run_line(&line, &mut Output::kept()).unwrap();
        }
    });
    working.await.unwrap();
}

/// A sealed sweep that a data folder has kept, and the measure that payouts are made of.
struct Swept {
    seal: Seal,
    measure: &'static str,
}

impl Swept {
    async fn kept(site: &Site, sweep: &Path, measure: &'static str) -> Self {
        let (seal, path) = Seal::open(sweep).unwrap();
        let files = files_of(&seal, &path);
        let kept = site.server.store.keep_files(&files, moment(BEGIN));
        kept.await.unwrap();
        Self { seal, measure }
    }
}

/// A sweep that the other bureau made elsewhere, of its own enterprise alone.
async fn beside(site: &Site, uscc: Uscc, name: &str) -> Swept {
    let text = format!(
        "uscc,name,地区,功能区,规上企业,营业收入@2025,营业收入@2024\n\
         {uscc},{name},420602,无,是,120000000,100000000\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.md");
    std::fs::write(&policy, include_str!("../../../tests/cases/data/policy.md")).unwrap();
    let policies = format!("--policies={}", policy.display());
    let folders = ["snapshot", "sweep"].map(|name| folder.path().join(name));
    run_sweep(site, text, folders.clone(), &[&policies]).await;
    Swept::kept(site, &folders[1], "test-growth/growth").await
}

/// Orders of one bureau, each carried out.
struct Seeding<'a> {
    site: &'a Site,
    bureau: &'a str,
    at: Moment,
    number: usize,
}

impl Seeding<'_> {
    #[expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
    async fn order(&mut self, actor: Actor, command: Command) {
        self.number += 1;
        let request = Request {
            key: format!("seed {} {}", self.bureau, self.number),
            order: Order {
                actor,
                at: self.at,
                command,
            },
        };
        let answered = self.site.server.store.submit(&[request]).await.unwrap();
        for answer in answered {
            assert!(matches!(answer, Answered::Done { .. }), "{answer:?}");
        }
    }

    async fn system(&mut self, command: Command) {
        self.order(Actor::System, command).await;
    }

    async fn by(&mut self, role: Role, command: Command) {
        let user = UserId::new(format!("{}@{}", role.chinese(), self.bureau));
        self.order(Actor::User(user), command).await;
    }

    async fn motion(&mut self, id: &str, action: Action, signs: bool) {
        let motion = MotionId::new(id);
        let open = Command::OpenMotion {
            motion: motion.clone(),
            action: Box::new(action),
        };
        self.by(Role::Maker, open).await;
        if signs {
            self.by(Role::Checker, Command::SignMotion { motion }).await;
        }
    }
}

fn user(id: &str, bureau: &str, role: Role, enterprise: Option<Uscc>) -> User {
    User {
        id: UserId::new(id),
        person: PersonId::new(id),
        bureau: BureauId::new(bureau),
        roles: BTreeSet::from([role]),
        enterprise,
        approves_up_to: None,
        is_active: true,
    }
}

/// An award of the same measure for one of several years.
#[expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
fn award(
    bureau: &str,
    (uscc, name): (Uscc, &str),
    line: &str,
    swept: &Swept,
    place: usize,
) -> Award {
    let digest = |text: &str| Digest::of(text.as_bytes());
    Award {
        key: EntitlementKey {
            bureau: BureauId::new(bureau),
            measure: swept.measure.to_owned(),
            uscc,
            period: (2025 - place).to_string(),
            supplement: 0,
        },
        enterprise: name.to_owned(),
        line: BudgetLineId::new(line),
        amount: Money::from_fen(12_345_600),
        exclusive: None,
        origin: Origin {
            sweep: Digest::new(&swept.seal.result.digest),
            root: digest("root"),
            award: digest(&format!("award {place}")),
            policies: Digest::new(&swept.seal.policies),
            snapshot: Digest::new(&swept.seal.snapshot),
            seal: Some(Digest::new(swept.seal.digest())),
            paid_before: Money::default(),
        },
        terms: Terms {
            title: "示例奖励".to_owned(),
            document: "示例〔2026〕1号".to_owned(),
            award_date: Date::constant(2025, 12, 31),
            effective: Date::constant(2025, 1, 1),
            expires: None,
            notice_days: 5,
        },
        knows: Vec::new(),
    }
}

/// Sets a bureau up: its people, and one of everything.
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn seed(site: &Site, bureau: &str, of: (Uscc, &str), swept: &Swept) -> Samples {
    let (uscc, name) = of;
    let mut seeding = Seeding {
        site,
        bureau,
        at: moment(BEGIN),
        number: 0,
    };
    let (line, stray, payer) = (
        format!("{bureau}惠企资金"),
        format!("{bureau}未达"),
        format!("{bureau}零余额"),
    );
    ground(&mut seeding, (&line, &stray, &payer), uscc).await;
    let awards: Vec<Award> = (0..4)
        .map(|place| award(bureau, of, &line, swept, place))
        .collect();
    let payouts: Vec<PayoutId> = awards.iter().map(|award| award.key.payout_id()).collect();
    for award in &awards {
        seeding
            .system(Command::Entitle(Box::new(award.clone())))
            .await;
    }
    for payout in payouts.iter().take(3).cloned() {
        seeding.by(Role::Maker, Command::Propose { payout }).await;
    }
    for (payout, award) in payouts.iter().take(2).cloned().zip(&awards) {
        let recomputed = award.digest();
        let check = Command::Check {
            payout: payout.clone(),
            recomputed,
        };
        seeding.by(Role::Checker, check).await;
        seeding
            .by(Role::Approver, Command::Approve { payout })
            .await;
    }
    let notice = format!("N-{bureau}");
    let publish = Command::Publish(NewNotice {
        id: NoticeId::new(&notice),
        payouts: payouts.iter().take(2).cloned().collect(),
        from: Date::constant(2026, 6, 3),
        until: Date::constant(2026, 6, 12),
        working_days: 7,
        sheet: Digest::of(b"sheet"),
        files: Vec::new(),
    });
    seeding.by(Role::Maker, publish).await;
    let paper = format!("异议书 {bureau}").into_bytes();
    let kept = site
        .server
        .store
        .keep("paper", "异议书.txt", &paper, seeding.at);
    let paper = kept.await.unwrap();
    let object = Command::Object {
        payout: payouts[0].clone(),
        by: format!("匿名 {bureau}"),
        text: paper.clone(),
    };
    seeding.by(Role::Maker, object).await;
    let (batch, bank_line) = paid(&mut seeding, &payouts[1], &payer, (uscc, name)).await;
    let motion = format!("M-{bureau}-2");
    let grant = Action::GrantBudget {
        line: BudgetLineId::new(&line),
        document: format!("{bureau}〔2026〕9号"),
        amount: Money::from_fen(100),
    };
    seeding.motion(&motion, grant, false).await;
    let publication = proposed(&mut seeding).await;
    Samples {
        bureau: bureau.to_owned(),
        payouts: payouts.iter().map(ToString::to_string).collect(),
        enterprise: uscc,
        enterprise_name: name.to_owned(),
        motion,
        publication,
        notice,
        line,
        payer,
        batch,
        bank_line,
        user: format!("经办@{bureau}"),
        job: job(site, bureau).await,
        paper: paper.to_string(),
        seal: swept.seal.digest(),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are all told alike"
)]
async fn ground(seeding: &mut Seeding<'_>, names: (&str, &str, &str), uscc: Uscc) {
    let (line, stray, payer) = names;
    let bureau = seeding.bureau.to_owned();
    for line in [line, stray] {
        let set = Command::SetLine {
            line: BudgetLineId::new(line),
            bureau: BureauId::new(&bureau),
            fiscal_year: 2026,
        };
        seeding.system(set).await;
    }
    let rules = Rules {
        second_approver_from: None,
        reminders: 1,
        confirm_days: 60,
        answer_days: 3,
    };
    let configure = Command::Configure {
        bureau: BureauId::new(&bureau),
        rules,
    };
    seeding.system(configure).await;
    let payer = Payer {
        id: PayerId::new(payer),
        bureau: BureauId::new(&bureau),
        name: format!("{bureau}零余额账户"),
        uscc: None,
        account: "3500000000000001".to_owned(),
        cnaps: "102100099996".to_owned(),
        profile: "pain.001.001.09".to_owned(),
        lines_max: 5000,
        suspense: BudgetLineId::new(stray),
    };
    seeding.system(Command::SetPayer(payer)).await;
    for role in Role::ALL {
        let id = match role {
            Role::Enterprise => format!("企业@{uscc}"),
            role => format!("{}@{bureau}", role.chinese()),
        };
        let enterprise = (role == Role::Enterprise).then_some(uscc);
        let user = user(&id, &bureau, role, enterprise);
        seeding.system(Command::SetUp { user }).await;
    }
    let grant = Action::GrantBudget {
        line: BudgetLineId::new(line),
        document: format!("{bureau}〔2026〕8号"),
        amount: Money::from_fen(10_000_000_000),
    };
    seeding.motion(&format!("M-{bureau}-0"), grant, true).await;
}

/// A payout as far as a batch, and a movement that nobody ordered.
#[expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
async fn paid(
    seeding: &mut Seeding<'_>,
    payout: &PayoutId,
    payer: &str,
    (uscc, name): (Uscc, &str),
) -> (String, String) {
    let bureau = seeding.bureau.to_owned();
    seeding.at = Moment(seeding.at.0 + 14 * DAY);
    let end = Command::EndNotice {
        payout: payout.clone(),
    };
    seeding.system(end).await;
    let account = Action::ChangePayee {
        uscc,
        details: PayeeDetails {
            name: name.to_owned(),
            account: "6222020200112233445".to_owned(),
            cnaps: "102100099996".to_owned(),
            bank: "示例银行".to_owned(),
        },
    };
    seeding
        .motion(&format!("M-{bureau}-1"), account, true)
        .await;
    let clerk = Actor::Assisted {
        clerk: UserId::new(format!("帮办@{bureau}")),
        enterprise: uscc,
        asked_by: PersonId::new("法人"),
    };
    let confirm = Command::Confirm {
        payout: payout.clone(),
        payee_version: 1,
    };
    seeding.order(clerk, confirm).await;
    let batch = format!("B-{bureau}");
    let make = Command::MakeBatch(NewBatch {
        id: BatchId::new(&batch),
        payer: PayerId::new(payer),
        execution: Date::constant(2026, 7, 2),
        payouts: vec![payout.clone()],
    });
    seeding.by(Role::PaymentMaker, make).await;
    let reference = format!("流水 {bureau}");
    let stray = Command::StrayLine {
        payer: PayerId::new(payer),
        reference: reference.clone(),
        amount: Money::from_fen(500),
        on: Date::constant(2026, 6, 17),
        text: format!("{bureau}的来款 6222020200112233445"),
        instruction: None,
        source: Digest::of(b"statement"),
    };
    seeding.system(stray).await;
    let line = zhida_engine::payouts::BankLine::id_of(&PayerId::new(payer), &reference);
    (batch, line.to_string())
}

/// A proposal to publish another text of a policy.
async fn proposed(seeding: &mut Seeding<'_>) -> String {
    let (store, bureau) = (&seeding.site.server.store, seeding.bureau);
    let published = seeding.site.server.published();
    let policy = "xiangyang-industry-2025";
    let files = &published.library.files;
    let file = files
        .iter()
        .find(|file| file.text.contains(policy))
        .unwrap();
    let text = format!("{}\n{bureau}修订。\n", file.text);
    for text in [&*file.text, &*text] {
        let kept = store.keep("policy", "政策.md", text.as_bytes(), seeding.at);
        kept.await.unwrap();
    }
    let id = format!("M-{bureau}-9");
    let publication = Publication {
        bureau: BureauId::new(bureau),
        policy: policy.to_owned(),
        title: format!("{bureau}的修订"),
        base: Some(Digest::of(file.text.as_bytes())),
        text: Some(Digest::of(text.as_bytes())),
        from: None,
        reason: format!("{bureau}的理由"),
        authors: BTreeSet::new(),
        replaces: BTreeSet::new(),
    };
    let action = Action::PublishPolicy(Box::new(publication));
    seeding.motion(&id, action, false).await;
    id
}

async fn job(site: &Site, bureau: &str) -> String {
    let id = format!("J-{bureau}");
    let write = |mut transaction: Transaction| {
        let (id, bureau) = (id.clone(), bureau.to_owned());
        async move {
            let new = NewJob {
                id: &id,
                kind: "verify",
                arguments: "{}",
            };
            jobs::ask(&mut transaction, new, 0).await?;
            let insert = "INSERT INTO job_owners (job, bureau, asked_by) VALUES ($1, $2, $3)";
            let values = [id.as_str().into(), bureau.as_str().into(), "经办".into()];
            transaction.execute(insert, &values).await.map(drop)
        }
    };
    let wrote = site
        .server
        .store
        .database
        .write::<(), StoreError, _, _>(write)
        .await;
    wrote.unwrap();
    id
}

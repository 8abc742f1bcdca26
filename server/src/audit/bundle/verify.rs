//! Checking an archive with nothing but itself, and the public key if one was saved.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value as Json;
use zhida_engine::merkle::{TreeBuilder, TreeHash};
use zhida_engine::snapshot::canonical_json;

use crate::audit::bundle::archive::{ArchiveReader, by_path};
use crate::audit::bundle::executed::{Event, Executed, key_of};
use crate::audit::bundle::{
    BUNDLE_FORMAT, EVENTS, Edition, FILES, HEADS, KEYS, MANIFEST, Manifest, NOTE, POSTINGS_ENTRY,
    REPLIES,
};
use crate::store::PublicKey;
use crate::store::encoding::hex;
use crate::store::log::{ExportedProof, Signed, SignedHead, leaf, signed_digest};

/// What was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    /// What the archive says of itself.
    pub(crate) manifest: Manifest,
    /// How many events were hashed.
    pub(crate) events: u64,
    /// How many were executed: all, or none of a masked edition.
    pub(crate) executed: u64,
    /// How many signed heads there are.
    pub(crate) heads: u64,
    /// How many postings.
    pub(crate) postings: u64,
    /// How many files were hashed.
    pub(crate) files: u64,
    /// How many payouts were proved.
    pub(crate) proofs: u64,
}

/// The reading stops at the first fault, which is text; what the system says is an error.
type Found<T> = io::Result<Result<T, String>>;

macro_rules! sound {
    ($found:expr) => {
        match $found {
            Ok(value) => value,
            Err(fault) => return Ok(Err(fault)),
        }
    };
}

/// Checks an archive: every byte, every entry, the tree and its heads, the ledgers, and in a full
/// edition that the log executed again comes to every record.
///
/// # Errors
/// What the system says; a fault of the archive is no error here.
pub(crate) fn verify(path: &Path, key: Option<&PublicKey>, head: Option<&str>) -> Found<Checked> {
    let archive = sound!(ArchiveReader::open(path)?);
    let manifest = sound!(Check::manifest(archive, key)?);
    let (mut check, manifest) = manifest;
    sound!(check.entries(&manifest)?);
    let keys = sound!(check.keys(&manifest)?);
    let heads = sound!(check.heads(&keys, &manifest)?);
    let mut executed = Executed::default();
    let events = sound!(check.events(&heads, head, (&manifest, &mut executed))?);
    let postings = sound!(check.postings()?);
    let files = sound!(check.files(&manifest, &executed)?);
    let mut checked = Checked {
        events,
        executed: 0,
        heads: u64::try_from(heads.len()).unwrap_or(u64::MAX),
        postings,
        files,
        proofs: 0,
        manifest,
    };
    if checked.manifest.edition == Edition::Full {
        checked.executed = events;
        sound!(check.books(&executed)?);
        checked.proofs = sound!(check.proofs(&executed, &checked.manifest)?);
    }
    Ok(Ok(checked))
}

struct Check {
    archive: ArchiveReader,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventLine {
    sequence: u64,
    at: i64,
    kind: String,
    leaf: String,
    body: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadLine {
    size: u64,
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyLines {
    origin: String,
    keys: Vec<KeyLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyLine {
    id: String,
    public_key: String,
}

/// The lines of an entry, each as JSON.
fn lines<T: serde::de::DeserializeOwned>(
    path: &str,
    stream: impl Read,
    mut take: impl FnMut(usize, T) -> Result<(), String>,
) -> Found<()> {
    for (number, line) in (1..).zip(BufReader::new(stream).lines()) {
        let value: T = match serde_json::from_str(&line?) {
            Ok(value) => value,
            Err(error) => return Ok(Err(format!("{path} 第 {number} 行读不出来:{error}"))),
        };
        if let Err(fault) = take(number, value) {
            return Ok(Err(format!("{path} 第 {number} 行:{fault}")));
        }
    }
    Ok(Ok(()))
}

fn parsed<T: serde::de::DeserializeOwned>(path: &str, bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("{path} 读不出来:{error}"))
}

impl Check {
    #[expect(
        clippy::indexing_slicing,
        reason = "a name that a JSON value does not have gives null"
    )]
    fn manifest(mut archive: ArchiveReader, key: Option<&PublicKey>) -> Found<(Self, Manifest)> {
        let paths: BTreeSet<String> = archive.paths()?.into_iter().collect();
        for path in [MANIFEST, NOTE] {
            if !paths.contains(path) {
                return Ok(Err(format!("缺少 {path}")));
            }
        }
        let bytes = archive.read(MANIFEST)?;
        let value: Json = sound!(parsed(MANIFEST, &bytes));
        let format = value["format"].as_u64();
        if format != Some(u64::from(BUNDLE_FORMAT)) {
            let known = BUNDLE_FORMAT;
            return Ok(Err(format!(
                "{MANIFEST} 是第 {format:?} 版,本程序只认第 {known} 版"
            )));
        }
        let manifest: Manifest = sound!(parsed(MANIFEST, &bytes));
        if canonical_json(&value).as_bytes() != bytes {
            return Ok(Err(format!("{MANIFEST} 不是规范的写法")));
        }
        let Some(signer) = PublicKey::from_text(&manifest.public_key) else {
            return Ok(Err(format!("{MANIFEST} 里的公钥读不出来")));
        };
        if key.is_some_and(|key| *key != signer) {
            return Ok(Err("审计包的公钥不是给定的公钥".to_owned()));
        }
        let note = String::from_utf8_lossy(&archive.read(NOTE)?).into_owned();
        let digest = zhida_engine::payouts::Digest::of(&bytes);
        let signed = signed_digest(&note, Signed::Bundle, &signer);
        if signed.as_deref() != Some(digest.as_str()) {
            return Ok(Err(format!("{NOTE} 的签名不是对 {MANIFEST} 的")));
        }
        Ok(Ok((Self { archive }, manifest)))
    }

    /// Every entry is named once, is there, and has its digest.
    fn entries(&mut self, manifest: &Manifest) -> Found<()> {
        let named = by_path(&manifest.entries);
        if named.len() != manifest.entries.len() {
            return Ok(Err(format!("{MANIFEST} 里有重复的条目")));
        }
        let mut paths = self.archive.paths()?;
        paths.sort_unstable();
        let mut last: Option<&String> = None;
        for path in &paths {
            let is_known = named.contains_key(path.as_str()) || path == MANIFEST || path == NOTE;
            if !is_known || last == Some(path) {
                return Ok(Err(format!("多出条目 {path}")));
            }
            last = Some(path);
        }
        for entry in &manifest.entries {
            if paths.binary_search(&entry.path).is_err() {
                return Ok(Err(format!("缺少条目 {}", entry.path)));
            }
            let (sha256, bytes) = self.archive.digest(&entry.path)?;
            if (sha256.as_str(), bytes) != (entry.sha256.as_str(), entry.bytes) {
                return Ok(Err(format!("条目 {} 的内容与摘要不符", entry.path)));
            }
        }
        Ok(Ok(()))
    }

    fn keys(&mut self, manifest: &Manifest) -> Found<Vec<PublicKey>> {
        let lines: KeyLines = sound!(parsed(KEYS, &self.archive.read(KEYS)?));
        if lines.origin != manifest.origin {
            return Ok(Err(format!("{KEYS} 是另一个日志的")));
        }
        let mut keys = Vec::new();
        for line in lines.keys {
            match PublicKey::from_text(&line.public_key).filter(|key| key.id() == line.id) {
                Some(key) => keys.push(key),
                None => return Ok(Err(format!("{KEYS} 里的公钥 {} 读不出来", line.id))),
            }
        }
        let has_signer = keys.iter().any(|key| key.text() == manifest.public_key);
        if !has_signer {
            return Ok(Err(format!("{KEYS} 里没有签名用的公钥")));
        }
        Ok(Ok(keys))
    }

    /// The signed heads by size.
    fn heads(&mut self, keys: &[PublicKey], manifest: &Manifest) -> Found<BTreeMap<u64, TreeHash>> {
        let mut heads = BTreeMap::new();
        let stream = self.archive.stream(HEADS)?;
        sound!(lines(HEADS, stream, |_, line: HeadLine| {
            let read = keys.iter().find_map(|key| {
                let (origin, head) = SignedHead::from_note(&line.note, key)?;
                let is_good = origin == manifest.origin && head.is_signed_by(key, &origin);
                is_good.then_some(head)
            });
            let head = read.ok_or("日志头的签名不能用日志的公钥验证")?;
            if head.size != line.size || heads.insert(head.size, head.root).is_some() {
                return Err("日志头的长度不符或重复".to_owned());
            }
            Ok(())
        })?);
        match heads.get(&manifest.size) {
            Some(root) if hex(&root.0) == manifest.root => Ok(Ok(heads)),
            Some(_) | None => Ok(Err(format!("{HEADS} 里没有 {MANIFEST} 所写的日志头"))),
        }
    }

    /// Hashes every event, compares the root with each head, and executes what there is.
    fn events(
        &mut self,
        heads: &BTreeMap<u64, TreeHash>,
        printed: Option<&str>,
        (manifest, executed): (&Manifest, &mut Executed),
    ) -> Found<u64> {
        let printed = match printed.map(printed_head) {
            Some(Some(printed)) => Some(printed),
            Some(None) => return Ok(Err("给定的日志头读不出来".to_owned())),
            None => None,
        };
        let is_root = |tree: &TreeBuilder| {
            let size = tree.size();
            let root = tree.root();
            if heads.get(&size).is_some_and(|head| *head != root) {
                return Err(format!("前 {size} 条重算的树根与已签名的日志头不符"));
            }
            match &printed {
                Some((at, head)) if *at == size && *head != root => {
                    Err(format!("前 {size} 条与给定的日志头不符,被整体改写过"))
                }
                Some(_) | None => Ok(()),
            }
        };
        let (mut tree, mut content) = (TreeBuilder::default(), Vec::new());
        let stream = self.archive.stream(EVENTS)?;
        sound!(lines(EVENTS, stream, |_, line: EventLine| {
            let sequence = tree.size().saturating_add(1);
            if line.sequence != sequence {
                return Err(format!("序号应为 {sequence}"));
            }
            let hash = match (&line.body, manifest.edition) {
                (Some(body), Edition::Full) => {
                    let body = body.as_bytes();
                    let hash = leaf(&mut content, sequence, line.at, &line.kind, body);
                    if hex(&hash.0) != line.leaf {
                        return Err("时间、种类或内容与记录的散列不符".to_owned());
                    }
                    executed.event(&Event {
                        sequence,
                        at: line.at,
                        kind: &line.kind,
                        body,
                    })?;
                    hash
                }
                (None, Edition::Masked) => hash_of(&line.leaf).ok_or("散列读不出来")?,
                (Some(_), Edition::Masked) | (None, Edition::Full) => {
                    return Err("内容的有无与版本不符".to_owned());
                }
            };
            tree.push(hash);
            is_root(&tree)
        })?);
        let size = tree.size();
        if size != manifest.size {
            return Ok(Err(format!("日志应有 {} 条,只有 {size} 条", manifest.size)));
        }
        if let Some((at, _)) = printed.filter(|(at, _)| *at > size) {
            return Ok(Err(format!("给定的日志头有 {at} 条,审计包只有 {size} 条")));
        }
        Ok(Ok(size))
    }

    /// The postings of every event sum to zero in both ledgers of each line.
    #[expect(
        clippy::indexing_slicing,
        reason = "a name that a JSON value does not have gives null"
    )]
    fn postings(&mut self) -> Found<u64> {
        let mut sums: BTreeMap<(u64, String, bool), i128> = BTreeMap::new();
        let mut count = 0u64;
        let stream = self.archive.stream(POSTINGS_ENTRY)?;
        sound!(lines(POSTINGS_ENTRY, stream, |_, line: Json| {
            let (sequence, fen) = (line["sequence"].as_u64(), line["fen"].as_i64());
            let account = line["account"].as_str();
            let account = zhida_engine::payouts::LedgerAccount::ALL
                .into_iter()
                .find(|other| Some(other.name()) == account);
            let (Some(sequence), Some(fen), Some(account)) = (sequence, fen, account) else {
                return Err("分录读不出来".to_owned());
            };
            let is_budget = account.ledger() == zhida_engine::payouts::Ledger::Budget;
            let name = line["line"].as_str().unwrap_or_default().to_owned();
            let sum = sums.entry((sequence, name, is_budget)).or_default();
            *sum = sum.saturating_add(i128::from(fen));
            count = count.saturating_add(1);
            Ok(())
        })?);
        let open = sums.iter().find(|(_, sum)| **sum != 0);
        Ok(match open {
            None => Ok(count),
            Some(((sequence, line, _), sum)) => Err(format!(
                "{POSTINGS_ENTRY}:日志第 {sequence} 条在指标“{line}”的分录合计 {sum} 分,应为零"
            )),
        })
    }

    /// Files are those of the log, and lie under their digests.
    #[expect(
        clippy::indexing_slicing,
        reason = "a name that a JSON value does not have gives null"
    )]
    fn files(&mut self, manifest: &Manifest, executed: &Executed) -> Found<u64> {
        let named = by_path(&manifest.entries);
        let (mut count, mut listed) = (0u64, BTreeSet::new());
        let stream = self.archive.stream(FILES)?;
        sound!(lines(FILES, stream, |_, line: Json| {
            let digest = line["digest"].as_str().unwrap_or_default().to_owned();
            let is_full = manifest.edition == Edition::Full;
            if is_full && executed.files.get(&digest) != Some(&line) {
                return Err(format!("文件 {digest} 的登记与日志不符"));
            }
            match named.get(format!("files/{digest}").as_str()) {
                Some(entry) if entry.sha256 == digest => count = count.saturating_add(1),
                Some(_) => return Err(format!("文件 {digest} 的内容与摘要不符")),
                None if is_full => return Err(format!("缺少文件 {digest}")),
                None => {}
            }
            listed.insert(digest);
            Ok(())
        })?);
        let logged = executed.files.len();
        if manifest.edition == Edition::Full && logged != listed.len() {
            let found = listed.len();
            return Ok(Err(format!(
                "{FILES} 有 {found} 个文件,日志里有 {logged} 个"
            )));
        }
        let stray = named.keys().find(|path| {
            let digest = path.strip_prefix("files/");
            digest.is_some_and(|digest| !listed.contains(digest))
        });
        Ok(stray.map_or(Ok(count), |path| Err(format!("多出文件 {path}"))))
    }

    /// Every record is what the log comes to.
    #[expect(
        clippy::indexing_slicing,
        reason = "a name that a JSON value does not have gives null"
    )]
    fn books(&mut self, executed: &Executed) -> Found<()> {
        for (table, mut expected) in executed.tables() {
            let path = format!("books/{table}.jsonl");
            let stream = self.archive.stream(&path)?;
            sound!(lines(&path, stream, |_, line: Json| {
                let name = line[key_of(table)].as_str().unwrap_or_default();
                match expected.remove(name) {
                    Some(row) if row == line => Ok(()),
                    Some(_) => Err(format!("记录 {name} 与日志重放的不符")),
                    None => Err(format!("多出记录 {name}")),
                }
            })?);
            if let Some((name, _)) = expected.first_key_value() {
                return Ok(Err(format!("{path} 缺少记录 {name}")));
            }
        }
        let mut postings = executed.postings.iter();
        let stream = self.archive.stream(POSTINGS_ENTRY)?;
        sound!(lines(POSTINGS_ENTRY, stream, |_, line: Json| {
            let is_same = postings.next() == Some(&line);
            is_same
                .then_some(())
                .ok_or_else(|| "分录与日志重放的不符".to_owned())
        })?);
        if postings.next().is_some() {
            return Ok(Err(format!("{POSTINGS_ENTRY} 缺少分录")));
        }
        let mut count = 0usize;
        let stream = self.archive.stream(REPLIES)?;
        sound!(lines(REPLIES, stream, |_, line: Json| {
            count = count.saturating_add(1);
            let key = line["key"].as_str().unwrap_or_default();
            let is_same = executed.replies.get(key) == Some(&line);
            is_same
                .then_some(())
                .ok_or_else(|| format!("幂等键“{key}”的答复与日志重放的不符"))
        })?);
        if count != executed.replies.len() {
            return Ok(Err(format!("{REPLIES} 缺少答复")));
        }
        let imbalances = executed.books.imbalances();
        Ok(imbalances.first().map_or(Ok(()), |open| {
            let (line, account) = (&open.line, open.account.chinese());
            Err(format!("指标“{line}”的{account}余额与各事项合计不符"))
        }))
    }

    /// Every payout has the proof of its last event.
    fn proofs(&mut self, executed: &Executed, manifest: &Manifest) -> Found<u64> {
        let key = PublicKey::from_text(&manifest.public_key);
        for (payout, sequence) in &executed.last {
            let path = format!("proofs/{payout}.json");
            let proof: ExportedProof = sound!(parsed(&path, &self.archive.read(&path)?));
            let proved = match proof.verify(key.as_ref()) {
                Ok(proved) => proved,
                Err(fault) => return Ok(Err(format!("{path}:{fault}"))),
            };
            let is_it = matches!(
                proved,
                crate::store::Proved::Inclusion { sequence: found, head, .. }
                    if found == *sequence && head.size == manifest.size
            );
            if !is_it {
                return Ok(Err(format!("{path} 证明的不是最后一条")));
            }
        }
        Ok(Ok(u64::try_from(executed.last.len()).unwrap_or(u64::MAX)))
    }
}

/// The hash of 64 hexadecimal digits.
fn hash_of(text: &str) -> Option<TreeHash> {
    zhida_engine::payouts::Digest::new(text)
        .bytes()
        .map(TreeHash)
}

/// Size and root of the text of a head.
fn printed_head(text: &str) -> Option<(u64, TreeHash)> {
    let mut lines = text.trim().lines().skip(1);
    let size = lines.next()?.parse().ok()?;
    let root = crate::store::encoding::from_base64(lines.next()?)?;
    Some((size, TreeHash(root.try_into().ok()?)))
}

//! Which policies and which vocabulary a command works with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Zoned;
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::document::{Document, PolicyStatus};
use zhida_policies::fault::{Code, Fault};
use zhida_policies::load::{self, LoadError};
use zhida_policies::measure::Measure;
use zhida_policies::measure::example::Case;
use zhida_policies::measure::library::Library;
use zhida_policies::syntax::keywords;
use zhida_policies::values::{Codes, Date};
use zhida_policies::vocabulary::Vocabulary;

use crate::arguments::Common;
use crate::embedded;
use crate::failure::{Failure, Status};
use crate::output::{Output, note};
use crate::publishing::is_published;
use crate::report;

/// The name of a vocabulary beside its policies.
const VOCABULARY_NAME: &str = "vocabulary.toml";

/// Policies that were asked for, checked.
pub(crate) struct Checked {
    /// All that was checked together.
    pub(crate) library: Library,
    /// How many of the last files were only there to be referred to.
    asked: Vec<bool>,
}

impl Checked {
    /// The faults and warnings of the files that were asked for.
    pub(crate) fn faults(&self) -> impl Iterator<Item = &Fault> {
        let asked = |fault: &&Fault| self.is_asked(fault.span.file.0);
        self.library.faults.iter().filter(asked)
    }

    /// The measures of the files that were asked for.
    pub(crate) fn measures(&self) -> impl Iterator<Item = &Measure> {
        let asked = |measure: &&Measure| self.is_asked(measure.span.file.0);
        self.library.measures.iter().filter(asked)
    }

    /// The cases of the files that were asked for.
    pub(crate) fn cases(&self) -> impl Iterator<Item = &Case> {
        let asked = |case: &&Case| self.is_asked(case.span.file.0);
        self.library.cases.iter().filter(asked)
    }

    /// How many files were asked for.
    pub(crate) fn files(&self) -> usize {
        self.asked.iter().filter(|asked| **asked).count()
    }

    fn is_asked(&self, file: u32) -> bool {
        let place = usize::try_from(file).ok();
        place
            .and_then(|place| self.asked.get(place))
            .copied()
            .unwrap_or(false)
    }
}

/// Today, by the clock and time zone of this machine. Only the expiry of policies and the default
/// of `--as-of` look at it.
pub(crate) fn today() -> Date {
    Zoned::now().date()
}

/// The vocabulary asked for, else the one beside the policies, else the one of the binary.
pub(crate) fn vocabulary(common: &Common) -> Result<Arc<Vocabulary>, Failure> {
    if let Some(path) = &common.vocabulary {
        return Ok(load::read_vocabulary(path)?);
    }
    let beside = common
        .policies
        .as_ref()
        .map(|folder| folder.join(VOCABULARY_NAME))
        .filter(|path| path.is_file());
    if let Some(path) = beside {
        return Ok(load::read_vocabulary(&path)?);
    }
    let read = Vocabulary::read(embedded::VOCABULARY, &keywords::ends_expression);
    read.map(Arc::new).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Failure::said(
            Status::Integrity,
            format!("程序自带的词汇表有误\n{}", faults.join("\n")),
            "请重新安装 zhida",
        )
    })
}

/// The text of the vocabulary that [`vocabulary`] reads.
pub(crate) fn vocabulary_text(common: &Common) -> Result<String, Failure> {
    let beside = common.policies.as_ref();
    let beside = beside.map(|folder| folder.join(VOCABULARY_NAME));
    let path = match &common.vocabulary {
        Some(path) => Some(path.clone()),
        None => beside.filter(|path| path.is_file()),
    };
    match path {
        Some(path) => {
            std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, "读取", &error))
        }
        None => Ok(embedded::VOCABULARY.to_owned()),
    }
}

/// The code tables of the binary.
pub(crate) fn codes() -> Result<Arc<Codes>, Failure> {
    Codes::built_in().map(Arc::new).map_err(|error| {
        Failure::said(
            Status::Integrity,
            format!("程序自带的代码表有误:{error}"),
            "请重新安装 zhida",
        )
    })
}

/// The policies asked for by `--policies`, else those of the binary.
pub(crate) fn policies(common: &Common) -> Result<Vec<PolicyText>, Failure> {
    match &common.policies {
        Some(path) => match load::read_policies(path) {
            // The last policy has ended: nothing holds, and the path is right.
            Err(LoadError::Empty(folder)) if is_published(&folder) => Ok(Vec::new()),
            read => Ok(read?),
        },
        None => Ok(embedded_policies()),
    }
}

fn embedded_policies() -> Vec<PolicyText> {
    let text = |(path, bytes): &(&str, &[u8])| PolicyText {
        path: (*path).to_owned(),
        bytes: bytes.to_vec(),
    };
    embedded::POLICIES.iter().map(text).collect()
}

/// Checks the files at these paths, or without any the library.
///
/// A file that names what it does not declare is checked together with the library, whose
/// definitions, funds and measures it may then use; a policy of the library with the same id, or
/// the same file, gives way to it.
pub(crate) fn check_paths(
    common: &Common,
    paths: &[PathBuf],
    today: Date,
) -> Result<Checked, Failure> {
    let vocabulary = vocabulary(common)?;
    let codes = codes()?;
    let options = CheckOptions { today: Some(today) };
    let texts = match paths {
        [] => named_by_folder(common)?,
        paths => at_paths(paths)?,
    };
    let alone = check(texts.clone(), vocabulary.clone(), codes.clone(), options);
    let asked = vec![true; alone.files.len()];
    let alone = Checked {
        library: alone,
        asked,
    };
    let names_others = alone
        .library
        .faults
        .iter()
        .any(|fault| fault.code == Code::Z02);
    if paths.is_empty() || !names_others {
        return Ok(alone);
    }
    let beside = beside(&texts, policies(common)?);
    let others: Vec<String> = beside.iter().map(|text| text.path.clone()).collect();
    let all = texts.into_iter().chain(beside).collect();
    let library = check(all, vocabulary, codes, options);
    let asked = library
        .files
        .iter()
        .map(|file| !others.contains(&file.path));
    let together = Checked {
        asked: asked.collect(),
        library,
    };
    let fewer = together.faults().count() < alone.faults().count();
    Ok(if fewer { together } else { alone })
}

/// The library for commands that decide: without any fault, else it is refused.
pub(crate) fn sound(common: &Common, output: &mut Output) -> Result<Library, Failure> {
    sound_of(policies(common)?, common, output)
}

/// Another set of policies beside the library, with its vocabulary.
pub(crate) fn sound_at(
    path: &Path,
    common: &Common,
    output: &mut Output,
) -> Result<Library, Failure> {
    sound_of(load::read_policies(path)?, common, output)
}

/// The policies of the binary with the vocabulary asked for; none where they do not fit it.
pub(crate) fn of_the_binary(common: &Common) -> Result<Option<Library>, Failure> {
    let (vocabulary, codes) = (vocabulary(common)?, codes()?);
    let options = CheckOptions::default();
    let library = check(embedded_policies(), vocabulary, codes, options);
    Ok((!library.has_faults()).then_some(library))
}

/// All of these texts together, checked, without any fault, else they are refused.
pub(crate) fn sound_of(
    texts: Vec<PolicyText>,
    common: &Common,
    output: &mut Output,
) -> Result<Library, Failure> {
    let options = CheckOptions {
        today: Some(today()),
    };
    let library = check(texts, vocabulary(common)?, codes()?, options);
    if library.has_faults() {
        let faults: Vec<&Fault> = library
            .faults
            .iter()
            .filter(|fault| !fault.code.is_warning())
            .collect();
        let count = faults.len();
        report::faults(output, &library, faults)?;
        return Err(Failure::refused(
            format!("政策库有 {count} 处错误,不能据此计算金额"),
            "请先用 zhida check 查看并改正全部错误",
        ));
    }
    Ok(library)
}

/// These texts together as a check finds them on a day, faults and all.
pub(crate) fn checked(
    texts: Vec<PolicyText>,
    common: &Common,
    today: Date,
) -> Result<Library, Failure> {
    let options = CheckOptions { today: Some(today) };
    Ok(check(texts, vocabulary(common)?, codes()?, options))
}

/// The library as it is, for what reads its texts only.
pub(crate) fn as_it_is(common: &Common) -> Result<Library, Failure> {
    of(policies(common)?, common)
}

/// The library that some texts are together.
pub(crate) fn of(texts: Vec<PolicyText>, common: &Common) -> Result<Library, Failure> {
    let options = CheckOptions::default();
    Ok(check(texts, vocabulary(common)?, codes()?, options))
}

/// Leaves the measures of drafts out, which nobody may be paid by, and says so.
pub(crate) fn without_drafts(library: &mut Library) {
    let drafts: Vec<String> = library
        .measures
        .iter()
        .filter(|measure| is_draft(library, measure))
        .map(|measure| measure.id.to_string())
        .collect();
    if drafts.is_empty() {
        return;
    }
    note(format_args!(
        "草案不参与计算,略去 {} 个事项:{}",
        drafts.len(),
        drafts.join("、")
    ));
    library
        .measures
        .retain(|measure| !drafts.iter().any(|draft| **draft == *measure.id.0));
    let places = library.measures.iter().enumerate();
    library.measure_index = places
        .map(|(place, measure)| (measure.id.clone(), place))
        .collect();
}

/// Whether a measure belongs to a draft.
pub(crate) fn is_draft(library: &Library, measure: &Measure) -> bool {
    let policy = library.policies.get(measure.policy.0);
    policy.is_some_and(|policy| policy.status == PolicyStatus::Draft)
}

/// The library as `check` names its files: so that an editor finds them.
fn named_by_folder(common: &Common) -> Result<Vec<PolicyText>, Failure> {
    match &common.policies {
        Some(path) => at_paths(std::slice::from_ref(path)),
        None => Ok(embedded_policies()),
    }
}

/// The policy files at some paths, each once, with paths that lead there from here.
pub(crate) fn at_paths(paths: &[PathBuf]) -> Result<Vec<PolicyText>, Failure> {
    let mut texts: Vec<PolicyText> = Vec::new();
    for path in paths {
        let folder = path.is_dir();
        for mut text in load::read_policies(path)? {
            text.path = if folder {
                slashes(&path.join(&text.path))
            } else {
                slashes(path)
            };
            if texts.iter().all(|known| known.path != text.path) {
                texts.push(text);
            }
        }
    }
    Ok(texts)
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The policies of the library that may stand beside the ones asked for.
fn beside(asked: &[PolicyText], library: Vec<PolicyText>) -> Vec<PolicyText> {
    let id = |text: &PolicyText| {
        let document = Document::read_bytes(&text.bytes).document;
        document.front_matter().map(|front| front.id.value.clone())
    };
    let taken: Vec<String> = asked.iter().filter_map(id).collect();
    let free = library.into_iter().filter(|text| {
        let same_id = id(text).is_some_and(|id| taken.contains(&id));
        let same_bytes = asked.iter().any(|other| other.bytes == text.bytes);
        !same_id && !same_bytes
    });
    let named = free.map(|text| PolicyText {
        path: format!("政策库:{}", text.path),
        bytes: text.bytes,
    });
    named.collect()
}

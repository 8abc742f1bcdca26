//! Golden cases of the checker: each file says in its first lines what must be reported, and its
//! snapshot shows what people read.
//!
//! A refused case begins with lines such as `> Z02「营业收人」`: the code, and the text that must
//! stand exactly above the underline. An accepted case has no fault and no warning. After a wanted
//! change of a message, `INSTA_UPDATE=always` writes the snapshots anew.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a test that overflows or reads beyond an end fails, as it should"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use zhida_policies::fault::{Code, Fault};
use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;
use zhida_policies::render::{Colours, place, render};
use zhida_policies::syntax::shape::shape;
use zhida_tests::cases::{Case, Ground, golden, reported};
use zhida_tests::underlines::underlines;

fn rendered(library: &Library, faults: &[Fault]) -> String {
    let texts: Vec<String> = faults
        .iter()
        .map(|fault| render(library, fault, Colours::Plain))
        .collect();
    texts.join("\n\n")
}

#[test]
fn refused_cases_are_refused_as_they_say() -> Result<()> {
    let ground = Ground::golden()?;
    let folder = golden().join("refused");
    let mut wrong = Vec::new();
    for case in Case::all(&folder)? {
        let (library, faults) = ground.check_and_run(&format!("{}.md", case.name), &case.text);
        let found = reported(&library, &faults);
        let text = rendered(&library, &faults);
        let mut wanted = case.expectations()?;
        let mut sorted = found.clone();
        wanted.sort();
        sorted.sort();
        if wanted != sorted {
            wrong.push(format!(
                "{}: wanted {wanted:?}, found {found:?}\n{text}",
                case.name
            ));
        }
        for fault in &faults {
            check_underline(&library, fault).with_context(|| case.name.clone())?;
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(case.name.as_str(), text));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    Ok(())
}

/// The marks of a rendered fault stand under the text of its span, in the line and column that the
/// record names.
fn check_underline(library: &Library, fault: &Fault) -> Result<()> {
    let file = library
        .files
        .get(fault.span.file.0 as usize)
        .context("the file")?;
    let spanned = file.text.get(fault.span.range()).context("the span")?;
    let before = file
        .text
        .get(..fault.span.range().start)
        .context("the start")?;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    let place = place(library, fault.span);
    ensure!((place.line, place.column) == (line, column), "{place:?}");
    let text = render(library, fault, Colours::Plain);
    ensure!(
        text.contains(&format!("{}:{line}:{column}", file.path)),
        "{text}"
    );
    if spanned.is_empty() || spanned.contains('\n') {
        return Ok(());
    }
    let marks = underlines(&text);
    ensure!(
        marks
            .iter()
            .any(|mark| mark.line == line && mark.text == spanned),
        "{marks:?}, wanted {spanned:?} in line {line}\n{text}"
    );
    Ok(())
}

#[test]
fn accepted_cases_have_no_fault_and_no_warning() -> Result<()> {
    let ground = Ground::golden()?;
    let mut wrong = Vec::new();
    for case in Case::all(&golden().join("accepted"))? {
        let (library, faults) = ground.check_and_run(&format!("{}.md", case.name), &case.text);
        if !faults.is_empty() {
            wrong.push(rendered(&library, &faults));
        }
        ensure!(!library.measures.is_empty(), "{} has no measure", case.name);
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    Ok(())
}

#[test]
fn every_code_has_accepted_and_refused_cases() -> Result<()> {
    for folder in ["accepted", "refused"] {
        let cases = Case::all(&golden().join(folder))?;
        for code in Code::ALL {
            let code = code.to_string();
            let named = |case: &Case| case.name.starts_with(&code);
            ensure!(cases.iter().any(named), "no {folder} case of {code}");
        }
        if folder == "refused" {
            for case in cases {
                let code = case.name.split('-').next().unwrap_or("");
                let says = case.expectations()?;
                ensure!(
                    says.iter().any(|said| said.code == code),
                    "{} is of another code",
                    case.name
                );
            }
        }
    }
    Ok(())
}

#[test]
fn no_snapshot_is_orphaned() -> Result<()> {
    for folder in ["accepted", "refused"] {
        let folder = golden().join(folder);
        let names: BTreeSet<String> = Case::all(&folder)?
            .into_iter()
            .map(|case| case.name)
            .collect();
        for entry in fs::read_dir(&folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let stem = name
                .strip_suffix(".snap")
                .or_else(|| name.strip_suffix(".md"));
            let known = stem.is_some_and(|stem| names.contains(stem));
            ensure!(known, "{} belongs to no case", Path::new(&name).display());
        }
    }
    Ok(())
}

/// The measures of a library by what they say: without positions and the text as written.
fn meaning(library: &Library) -> Vec<String> {
    let plain = |measure: &Measure| {
        let mut measure = measure.clone();
        for condition in measure.conditions.iter_mut().chain(&mut measure.exceptions) {
            condition.text.clear();
        }
        measure.award.text.clear();
        shape(&measure)
    };
    let caps = library.caps.iter().map(shape);
    let funds = library.funds.iter().map(shape);
    let groups = library.highest_of.iter().map(shape);
    let parameters = library.parameters.iter().map(shape);
    library
        .measures
        .iter()
        .map(plain)
        .chain(caps)
        .chain(funds)
        .chain(groups)
        .chain(parameters)
        .collect()
}

#[test]
fn both_spellings_give_the_same_measures() -> Result<()> {
    let ground = Ground::golden()?;
    let cases = Case::all(&golden().join("accepted"))?;
    let mut pairs = 0;
    for chinese in cases.iter().filter(|case| case.name.ends_with("-chinese")) {
        let english = chinese.name.replace("-chinese", "-english");
        let other = cases.iter().find(|case| case.name == english);
        let other = other.with_context(|| format!("{english} is missing"))?;
        let said = |case: &Case| {
            let name = &chinese.name;
            let text = case
                .text
                .replace(&case.name.to_lowercase(), &name.to_lowercase());
            meaning(&ground.check_and_run(name, &text).0)
        };
        assert_eq!(said(chinese), said(other), "{}", chinese.name);
        pairs += 1;
    }
    ensure!(pairs >= 2, "{pairs} pairs");
    Ok(())
}

/// Ten mistakes in one file: where each stands, counted by hand in lines and in characters.
const TEN_MISTAKES: [(&str, &str, usize, usize); 10] = [
    ("Z02", "营业收人", 19, 11),
    ("Z07", "\"高新技术企业A\"", 20, 28),
    ("Z03", "20万元 + 5%", 21, 6),
    ("Z04", ">= 30% : 50万元", 33, 34),
    (
        "Z05",
        "金额 分档(增速) { [10%..20%) : 20万元, >= 30% : 50万元 }",
        33,
        3,
    ),
    ("Z07", "上年", 34, 11),
    ("Z02", "参保月分", 43, 22),
    ("Z07", "\"C99\"", 44, 29),
    ("Z03", "1000", 46, 34),
    ("Z02", "ten-mistakes/job", 48, 27),
];

#[test]
fn ten_mistakes_are_all_reported_in_one_run() -> Result<()> {
    let text = fs::read_to_string(golden().join("ten-mistakes.md"))?;
    let (library, faults) = Ground::golden()?.check_and_run("ten-mistakes.md", &text);
    for (code, underlined, line, column) in TEN_MISTAKES {
        let found = faults.iter().find(|fault| {
            let place = place(&library, fault.span);
            (fault.code.to_string(), place.line, place.column) == (code.to_owned(), line, column)
        });
        let all = rendered(&library, &faults);
        let fault = found.with_context(|| format!("{code} at {line}:{column}\n{all}"))?;
        ensure!(text.get(fault.span.range()) == Some(underlined), "{all}");
        check_underline(&library, fault)?;
    }
    let refusals = faults
        .iter()
        .filter(|fault| !fault.code.is_warning())
        .count();
    ensure!(
        refusals == 10,
        "{refusals} faults\n{}",
        rendered(&library, &faults)
    );
    Ok(())
}

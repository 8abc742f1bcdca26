//! Forms that ask for a job.

use std::collections::BTreeSet;

use axum::extract::{Form, Path};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::Digest;

use super::sees_all;
use super::sweeps::{find, places_of};
use crate::views::asked::{self, Asked};
use crate::web::{Ask, Scope, Typed, WebFault, act_job, see_other};

/// The folder of answers below the data folder.
const ANSWERS: &str = "audit";
/// In how many sweeps duplicates are looked for at once.
pub(crate) const SEALS_MAX: usize = 100;
/// How many letters of a digest people are shown.
const SHORT: usize = 12;

/// A form that says no more.
#[derive(Debug, Deserialize)]
pub(super) struct Plain {
    #[serde(default)]
    pub(super) key: String,
    #[serde(default)]
    reference: String,
    #[serde(default)]
    masked: String,
    #[serde(default)]
    head: String,
}

fn short(digest: &str) -> &str {
    digest.get(..SHORT).unwrap_or(digest)
}

/// Where the answer to a form is written: the same place for the same form.
fn place(ask: &Ask, key: &str, form: &str) -> Result<String, WebFault> {
    let user = &ask.session()?.user.id;
    let named = Digest::of(format!("{user}\n{key}").as_bytes());
    let name = named.as_str().get(..24).unwrap_or_default();
    Ok(format!("{ANSWERS}/{name}.{form}"))
}

/// Refused unless everything lies within sight.
///
/// # Errors
/// Forbidden.
pub(crate) async fn needs_all(ask: &Ask) -> Result<(), WebFault> {
    if sees_all(ask).await? {
        return Ok(());
    }
    Err(WebFault::new(
        axum::http::StatusCode::FORBIDDEN,
        "这件事涉及全部单位,您的账号只看得到其中一部分",
        "请由查看范围覆盖全部单位的审计账号办理",
    ))
}

/// Narrows a question to what whoever asks may see.
///
/// # Errors
/// Forbidden to whoever sees no bureau.
pub(crate) async fn within(ask: &Ask, typed: Typed) -> Result<Typed, WebFault> {
    if sees_all(ask).await? {
        return Ok(typed);
    }
    match &ask.session()?.scope {
        Scope::Bureaus(bureaus) if !bureaus.is_empty() => Ok(bureaus
            .iter()
            .fold(typed, |typed, bureau| typed.option("--within", bureau))),
        Scope::Bureaus(_) | Scope::Enterprise(_) => Err(WebFault::forbidden()),
    }
}

/// Asks for a job, and writes down for whom.
async fn ask_for(
    ask: &Ask,
    key: String,
    typed: Typed,
    (kind, source, folder): (&str, String, String),
) -> Result<Response, WebFault> {
    let values = act_job(ask, Some(key), typed).await?.whole()?;
    let job = values.iter().find_map(|value| value.get("job")?.as_str());
    let job = job.ok_or_else(|| WebFault::broken("a job without a name"))?;
    let session = ask.session()?;
    let asked = Asked {
        job: job.to_owned(),
        bureau: session.user.bureau.clone(),
        user: session.user.id.clone(),
        kind: kind.to_owned(),
        source,
        report: String::new(),
        folder,
        at: ask.at,
    };
    asked::record(&ask.server.store, &asked).await?;
    Ok(see_other(&format!("/audit/jobs/{job}")))
}

fn question(name: &'static str) -> Typed {
    Typed::verb("ask").flag("audit").flag(name)
}

/// Verifies everything, against a head printed earlier where one is given.
pub(super) async fn verify(ask: Ask, Form(form): Form<Plain>) -> Result<Response, WebFault> {
    needs_all(&ask).await?;
    let source = match form.head.trim().is_empty() {
        true => String::new(),
        false => "对照以前的日志头".to_owned(),
    };
    let typed = verification(&form.head);
    ask_for(&ask, form.key, typed, ("verify", source, String::new())).await
}

/// The verification of everything, against a head printed earlier unless it is empty.
pub(crate) fn verification(head: &str) -> Typed {
    let typed = Typed::verb("ask").flag("verify");
    let head = head.replace("\r\n", "\n");
    match head.trim() {
        "" => typed,
        head => typed.option("--head", format!("{head}\n")),
    }
}

/// Runs a sealed sweep again.
pub(super) async fn replay(
    ask: Ask,
    Path(seal): Path<String>,
    Form(form): Form<Plain>,
) -> Result<Response, WebFault> {
    let found = find(&ask, &seal).await?;
    let folder = place(&ask, &form.key, "json")?;
    let output = ask.server.folder.join(&folder);
    let mut typed = question("replay").option("--output", output.display());
    let mut source = format!("封存 {},按列计算", short(&seal));
    if form.reference == "yes" {
        typed = typed.flag("--reference");
        source = format!("封存 {},逐户解释", short(&seal));
    }
    let typed = within(&ask, typed).await?.of(found.place);
    ask_for(&ask, form.key, typed, ("replay", source, folder)).await
}

/// What an auditor supposes.
#[derive(Debug, Deserialize)]
pub(super) struct Supposed {
    #[serde(default)]
    key: String,
    #[serde(default)]
    enterprise: String,
    #[serde(default)]
    fact: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    policy: String,
}

/// Asks which payments would change.
pub(super) async fn what_if(
    ask: Ask,
    Path(seal): Path<String>,
    Form(form): Form<Supposed>,
) -> Result<Response, WebFault> {
    let found = find(&ask, &seal).await?;
    let folder = place(&ask, &form.key, "json")?;
    let output = ask.server.folder.join(&folder);
    let mut typed = question("what-if").option("--output", output.display());
    let (enterprise, fact) = (form.enterprise.trim(), form.fact.trim());
    let mut sources = Vec::new();
    if !enterprise.is_empty() || !fact.is_empty() {
        let value = form.value.trim();
        let correction = format!("{enterprise}:{fact}={value}");
        sources.push(correction.clone());
        typed = typed.option("--fact", correction);
    }
    let text = form.policy.replace("\r\n", "\n");
    if !text.trim().is_empty() {
        let name = folder.replace(".json", ".md");
        let path = ask.server.folder.join(&name);
        let parent = path.parent().unwrap_or(&ask.server.folder);
        std::fs::create_dir_all(parent).map_err(WebFault::broken)?;
        std::fs::write(&path, text).map_err(WebFault::broken)?;
        sources.push("换上一份政策".to_owned());
        typed = typed.option("--policy", path.display());
    }
    if sources.is_empty() {
        return Err(WebFault::bad(
            "没有写明假如什么",
            "请写一项改正的数据,或贴上一份换上的政策",
        ));
    }
    let typed = within(&ask, typed).await?.of(found.place);
    let source = format!("封存 {},假如 {}", short(&seal), sources.join(","));
    ask_for(&ask, form.key, typed, ("what-if", source, folder)).await
}

/// How a sample is drawn.
#[derive(Debug, Deserialize)]
pub(super) struct Drawn {
    #[serde(default)]
    key: String,
    each: String,
    seed: String,
    margin: String,
}

/// Draws a sample.
pub(super) async fn sample(
    ask: Ask,
    Path(seal): Path<String>,
    Form(form): Form<Drawn>,
) -> Result<Response, WebFault> {
    let found = find(&ask, &seal).await?;
    let folder = place(&ask, &form.key, "json")?;
    let output = ask.server.folder.join(&folder);
    let typed = question("sample")
        .option("--output", output.display())
        .maybe("--each", Some(&form.each))
        .maybe("--seed", Some(&form.seed))
        .maybe("--margin", Some(&form.margin));
    let typed = within(&ask, typed).await?.of(found.place);
    let source = format!("封存 {},种子 {}", short(&seal), form.seed.trim());
    ask_for(&ask, form.key, typed, ("sample", source, folder)).await
}

/// Asks what stands behind several awards. Check boxes of one name come as a list of pairs.
pub(super) async fn overlap(
    ask: Ask,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, WebFault> {
    let all = |name: &str| {
        let found = fields.iter().filter(move |(field, _)| field == name);
        found
            .map(|(_, value)| value.clone())
            .collect::<Vec<String>>()
    };
    let key = all("key").pop().unwrap_or_default();
    let mut seals = all("seal");
    let mut known = BTreeSet::new();
    seals.retain(|seal| known.insert(seal.clone()));
    if seals.is_empty() {
        return Err(WebFault::bad("没有选封存的清算", "请至少选一次"));
    }
    if seals.len() > SEALS_MAX {
        return Err(WebFault::bad(
            format!("选了 {} 次封存的清算", seals.len()),
            format!("一次最多选 {SEALS_MAX} 次"),
        ));
    }
    let folder = place(&ask, &key, "json")?;
    let output = ask.server.folder.join(&folder);
    let typed = question("overlap").option("--output", output.display());
    let mut typed = within(&ask, typed).await?;
    for place in places_of(&ask, &seals).await? {
        typed = typed.of(place);
    }
    let names: Vec<&str> = seals.iter().map(|seal| short(seal)).collect();
    let source = format!("封存 {}", names.join("、"));
    ask_for(&ask, key, typed, ("overlap", source, folder)).await
}

/// Exports everything.
pub(super) async fn export(ask: Ask, Form(form): Form<Plain>) -> Result<Response, WebFault> {
    needs_all(&ask).await?;
    if form.masked != "yes" {
        ask.needs_fresh_code()?;
    }
    let folder = place(&ask, &form.key, "zip")?;
    let output = ask.server.folder.join(&folder);
    let typed = question("export").option("--output", output.display());
    let (typed, source) = match form.masked == "yes" {
        true => (typed.flag("--masked"), "脱敏版"),
        false => (typed, "完整版"),
    };
    ask_for(&ask, form.key, typed, ("export", source.to_owned(), folder)).await
}

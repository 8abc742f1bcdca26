//! Schemathesis, a stranger's program that reads the document and tries to find what does not
//! hold: replies that the document does not promise, bad input that is taken, servers that fail.

use std::path::{Path, PathBuf};
use std::process::Command;

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::{Next, from_fn};
use tokio::net::TcpListener;
use zhida_engine::payouts::Role;

use super::town::{Town, who};
use crate::web::testing::{CSRF, WHO};

/// What is looked at. That good input may be refused by a rule of law is no fault of the API.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,\
    unsupported_method";
/// How many requests an operation gets at most.
const EXAMPLES: &str = "6";

/// The version that `make tools` installs.
const VERSION: &str = "4.32.5";

/// Where `make tools` puts the program, if it is there.
fn program() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let cache = cache.or_else(home)?;
    let found = cache.join(format!("zhida/schemathesis-{VERSION}/bin/st"));
    if found.is_file() {
        return Some(found);
    }
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "no {}: run make tools", found.display());
    println!("skipped: no {}", found.display());
    None
}

#[test]
fn the_version_is_the_one_that_is_installed() {
    let makefile = include_str!("../../../../Makefile");
    assert!(makefile.contains(&format!("SCHEMATHESIS_VERSION = {VERSION}\n")));
}

/// Runs the program against the town, in the name of somebody.
async fn tried_by(town: &Town, visitor: String, program: PathBuf, phases: &'static str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router =
        town.site
            .router
            .clone()
            .layer(from_fn(move |mut request: Request, next: Next| {
                let name = HeaderValue::from_bytes(visitor.as_bytes()).unwrap();
                request.headers_mut().insert(WHO, name);
                let token = HeaderValue::from_static(CSRF);
                request.headers_mut().insert("x-csrf-token", token);
                next.run(request)
            }));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_owned();
    let ran = tokio::task::spawn_blocking(move || {
        Command::new(program)
            .current_dir(place)
            .arg("run")
            .arg(format!("http://{address}/api/v1/openapi.json"))
            .args(["--checks", CHECKS, "--phases", phases])
            .args(["--max-examples", EXAMPLES, "--seed", "7"])
            .args(["--warnings", "off", "--max-time", "50"])
            // By one thread: Python 3.11 reads its own sources by one at a time only.
            .args(["--workers", "1"])
            // Names of policies are few among all texts.
            .args(["--suppress-health-check", "filter_too_much"])
            // What is heavy by its nature is tried elsewhere, with real drafts.
            .args([
                "--exclude-path-regex",
                "forecasts|plans|checks$|tests$|trial-enterprises|docs",
            ])
            .output()
    });
    let output = ran.await.unwrap().unwrap();
    serving.abort();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

/// What follows from the document alone is tried each time, in the name of one role; what is
/// drawn by chance takes minutes, and `make nightly` asks for it.
#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing() {
    let Some(program) = program() else { return };
    let town = Town::new().await;
    let (roles, phases): (&[Role], _) = match std::env::var_os("ZHIDA_SCHEMATHESIS") {
        Some(_) => (&[Role::Maker, Role::Auditor], "coverage,fuzzing"),
        None => (&[Role::Maker], "coverage"),
    };
    for role in roles {
        tried_by(&town, who(*role, &town.own), program.clone(), phases).await;
    }
    let found = town.site.server.store.verify(None).await.unwrap();
    assert_eq!(found.fault, None);
}

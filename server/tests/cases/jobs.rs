//! `job`: what is asked for is done, however often the process is killed on the way.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::desk::{Batched, NOW};
use crate::support::{Place, Run, command};

const SETTINGS: &str = include_str!("../../src/command/demo/bureau.toml");

/// A place with a data folder of this name.
fn with_data(place: &Place, data: &str) {
    place.write("bureau.toml", SETTINGS);
    place.ends(0, &["payout", "init", "bureau.toml", "--data", data]);
}

/// Enterprises of a prefecture as a file.
fn write_enterprises(place: &Place, count: &str) {
    let generate = [
        "generate",
        "--count",
        count,
        "--region",
        "4206",
        "--year",
        "2025",
        "--as-of",
        "2026-06-30",
        "-o",
        "many.csv",
    ];
    place.ends(0, &generate);
}

fn ask_import(place: &Place, data: &str, output: &str) -> String {
    let ask = [
        "job",
        "ask",
        "import",
        "many.csv",
        "--year",
        "2025",
        "--as-of",
        "2026-06-30",
        "-o",
        output,
        "--data",
        data,
        "--json",
    ];
    asked(&place.ends(0, &ask))
}

fn ask_sweep(place: &Place, data: &str, snapshot: &str, out: &str, more: &[&str]) -> String {
    let ask = [
        "job",
        "ask",
        "sweep",
        "--snapshot",
        snapshot,
        "--out",
        out,
        "--data",
        data,
    ];
    asked(&place.ends(0, &[&ask[..], more, &["--json"]].concat()))
}

fn asked(run: &Run) -> String {
    run.lines()[0]["job"].as_str().unwrap().to_owned()
}

/// The jobs of a data folder, in the order of asking.
#[track_caller]
fn jobs(place: &Place, data: &str) -> Vec<Value> {
    let mut jobs = place
        .ends(0, &["job", "list", "--data", data, "--json"])
        .lines();
    jobs.reverse();
    jobs
}

fn field(jobs: &[Value], name: &str) -> Vec<Value> {
    jobs.iter().map(|job| job[name].clone()).collect()
}

fn start(place: &Place, data: &str) -> Child {
    let mut run = command(place.path(), &["job", "run", "--data", data, "--json"]);
    run.stdout(std::process::Stdio::null());
    run.stderr(std::process::Stdio::piped());
    run.spawn().unwrap()
}

/// Waits until a folder has something in it.
fn until_begun(child: &mut Child, folder: &Path) {
    while fs::read_dir(folder).map_or(0, Iterator::count) == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it was too fast");
        thread::yield_now();
    }
}

/// Numbers that look random and are the same in every run.
fn next(seed: &mut u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

#[test]
fn jobs_that_were_killed_come_to_the_digests_of_those_that_were_not() {
    let place = Place::new();
    write_enterprises(&place, "300");
    with_data(&place, "calm");
    ask_import(&place, "calm", "snap-calm");
    ask_sweep(&place, "calm", "snap-calm", "swept-calm", &[]);
    let begun = Instant::now();
    place.ends(0, &["job", "run", "--data", "calm"]);
    let whole = u64::try_from(begun.elapsed().as_millis()).unwrap();
    let calm = jobs(&place, "calm");
    assert_eq!(field(&calm, "state"), ["done", "done"]);
    assert_eq!(field(&calm, "kind"), ["import", "sweep"]);
    // The digests are those of the commands that do the same at once.
    let sweep = place
        .ends(0, &["sweep", "--snapshot", "snap-calm", "--json"])
        .lines();
    let totals = &sweep.last().unwrap()["totals"];
    assert_eq!(
        field(&calm, "digest"),
        [totals["snapshot"].clone(), totals["digest"].clone()]
    );

    with_data(&place, "wild");
    ask_import(&place, "wild", "snap-wild");
    ask_sweep(&place, "wild", "snap-wild", "swept-wild", &[]);
    let mut seed = 7;
    for round in 0..5 {
        let mut child = start(&place, "wild");
        if round == 0 {
            // Once surely in the middle of the sweep.
            until_begun(&mut child, &place.path().join("swept-wild"));
        } else {
            thread::sleep(Duration::from_millis(next(&mut seed) % whole));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for (job, expected) in jobs(&place, "wild").iter().zip(field(&calm, "digest")) {
            let digest = &job["digest"];
            assert!(digest.is_null() || *digest == expected, "{job}");
        }
    }
    place.ends(0, &["job", "run", "--data", "wild"]);
    let wild = jobs(&place, "wild");
    assert_eq!(field(&wild, "state"), ["done", "done"]);
    assert_eq!(field(&wild, "digest"), field(&calm, "digest"));
    assert!(wild[1]["claims"].as_u64().unwrap() >= 2, "{}", wild[1]);
    let digest = wild[1]["digest"].as_str().unwrap();
    for name in ["decisions-", "awards-"] {
        let file = format!("{name}{digest}.parquet");
        let bytes = |folder: &str| fs::read(place.path().join(folder).join(&file)).unwrap();
        assert!(bytes("swept-calm") == bytes("swept-wild"), "{file}");
    }
    let again = place.ends(0, &["job", "run", "--data", "wild"]);
    assert!(again.out.contains("没有等着办的任务"), "{}", again.out);
}

/// Runs the jobs of a data folder, and aborts at a step of the store.
fn run_until(place: &Place, data: &str, step: usize) -> bool {
    let mut run = command(place.path(), &["job", "run", "--data", data]);
    let output = run.env("ZHIDA_STOP_AT", step.to_string()).output().unwrap();
    output.status.success()
}

#[test]
fn an_import_that_is_stopped_at_any_step_of_the_store_is_done_afterwards() {
    let place = Place::new();
    write_enterprises(&place, "20");
    with_data(&place, "data");
    ask_import(&place, "data", "snap");
    place.ends(0, &["job", "run", "--data", "data"]);
    let expected = jobs(&place, "data")[0]["digest"].clone();
    let mut steps = 0;
    for step in 1.. {
        let folder = format!("snap-{step}");
        let job = ask_import(&place, "data", &folder);
        let is_whole = run_until(&place, "data", step);
        place.ends(0, &["job", "run", "--data", "data"]);
        let jobs = place
            .ends(0, &["job", "list", "--data", "data", "--json"])
            .lines();
        assert_eq!(jobs[0]["job"], job.as_str());
        assert_eq!(
            (&jobs[0]["state"], &jobs[0]["digest"]),
            (&"done".into(), &expected)
        );
        steps = step;
        if is_whole {
            break;
        }
    }
    // Putting back, claiming and finishing are at least three transactions.
    assert!(steps > 6, "{steps}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn a_batch_is_sealed_with_the_same_files_wherever_the_job_is_stopped() {
    let batched = Batched::new();
    let place = &batched.place;
    let ask = [
        "job",
        "ask",
        "seal",
        &batched.batch,
        "--count",
        "1",
        "--total",
        &batched.total,
    ];
    place.ends(0, &[&ask[..], &NOW, &["--as", "zhifu2"]].concat());
    let folder = |name: &str| place.path().join(name);
    copy(&folder("zhida-data"), &folder("calm"));
    place.ends(0, &["job", "run", "--data", "calm"]);
    let calm = jobs(place, "calm")[0].clone();
    assert_eq!(calm["state"], "done", "{calm}");
    // The digest is that of the list of the frozen files.
    let batches = place
        .ends(0, &["payout", "batches", "--data", "calm", "--json"])
        .lines();
    assert_eq!(batches[0]["state"], "Sealed", "{}", batches[0]);
    let files = batches[0]["files"].as_array().unwrap();
    let lines = files.iter().map(|file| {
        let text = |name: &str| file[name].as_str().unwrap();
        format!("{}  {}\n", text("digest"), text("name"))
    });
    let digest = Sha256::digest(lines.collect::<String>());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(calm["digest"], digest.as_str());

    for step in (1..).step_by(4) {
        let data = format!("wild-{step}");
        copy(&folder("zhida-data"), &folder(&data));
        let is_whole = run_until(place, &data, step);
        // On another day: the moment of the seal is that of the asking.
        place.ends(0, &["job", "run", "--data", &data]);
        let job = jobs(place, &data)[0].clone();
        assert_eq!(
            (&job["state"], &job["digest"]),
            (&calm["state"], &calm["digest"]),
            "{step}"
        );
        place.ends(0, &["verify", "--data", &data]);
        fs::remove_dir_all(folder(&data)).unwrap();
        if is_whole {
            assert!(step > 12, "{step}");
            break;
        }
    }
}

#[test]
fn a_wrong_count_fails_the_job_and_seals_nothing() {
    let batched = Batched::new();
    let place = &batched.place;
    let ask = [
        "job",
        "ask",
        "seal",
        &batched.batch,
        "--count",
        "2",
        "--total",
        &batched.total,
    ];
    place.ends(0, &[&ask[..], &["--as", "zhifu2"]].concat());
    place.ends(2, &["job", "run"]);
    let job = place.ends(0, &["job", "list", "--json"]).lines().remove(0);
    assert_eq!(job["state"], "failed", "{job}");
    assert!(!job["message"].as_str().unwrap().is_empty());
    let batches = place.ends(0, &["payout", "batches", "--json"]).lines();
    assert_eq!(batches[0]["state"], "Open", "{}", batches[0]);
}

#[test]
fn a_job_is_cancelled_before_it_is_done_and_not_after() {
    let place = Place::new();
    write_enterprises(&place, "20");
    with_data(&place, "zhida-data");
    let cancelled = ask_import(&place, "zhida-data", "snap");
    place.ends(0, &["job", "cancel", &cancelled]);
    let run = place.ends(0, &["job", "run"]);
    assert!(run.out.contains("没有等着办的任务"), "{}", run.out);
    assert!(!place.path().join("snap").exists());
    assert_eq!(field(&jobs(&place, "zhida-data"), "state"), ["cancelled"]);
    let done = ask_import(&place, "zhida-data", "snap");
    place.ends(0, &["job", "run", "--once"]);
    let run = place.ends(2, &["job", "cancel", &done]);
    assert!(run.err.contains("已经结束"), "{}", run.err);
    let run = place.ends(2, &["job", "cancel", "J0"]);
    assert!(run.err.contains("没有编号为“J0”的任务"), "{}", run.err);
}

#[test]
fn one_key_makes_one_job_and_what_changed_meanwhile_is_refused() {
    let place = Place::new();
    write_enterprises(&place, "20");
    with_data(&place, "zhida-data");
    let ask = [
        "job", "ask", "import", "many.csv", "--year", "2025", "--key", "k", "-o",
    ];
    for _ in 0..2 {
        place.ends(0, &[&ask[..], &["snap"]].concat());
    }
    assert_eq!(jobs(&place, "zhida-data").len(), 1);
    let run = place.ends(2, &[&ask[..], &["elsewhere"]].concat());
    assert!(run.err.contains("内容不同"), "{}", run.err);
    place.write("many.csv", &(place.read("many.csv") + "\n"));
    let run = place.ends(2, &["job", "run"]);
    assert!(run.out.contains("改动过"), "{}", run.out);
    assert_eq!(field(&jobs(&place, "zhida-data"), "state"), ["failed"]);
    assert!(!place.path().join("snap").exists());
}

#[test]
#[cfg(unix)]
fn a_second_process_is_refused_and_an_interrupted_job_goes_back() {
    let place = Place::new();
    write_enterprises(&place, "1200");
    with_data(&place, "zhida-data");
    let import = [
        "import",
        "many.csv",
        "--year",
        "2025",
        "--as-of",
        "2026-06-30",
        "-o",
        "snap",
    ];
    place.ends(0, &import);
    ask_sweep(&place, "zhida-data", "snap", "swept", &["--reference"]);
    let mut child = start(&place, "zhida-data");
    until_begun(&mut child, &place.path().join("swept"));
    let second = place.ends(2, &["job", "run"]);
    let number = format!("进程号 {}", child.id());
    for part in ["另一个直达进程正在使用", &number, "不要删除锁文件"] {
        assert!(second.err.contains(part), "{part} in\n{}", second.err);
    }
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("放回队列"), "{said}");
    assert_eq!(field(&jobs(&place, "zhida-data"), "state"), ["queued"]);
    assert_eq!(fs::read_dir(place.path().join("swept")).unwrap().count(), 0);
}

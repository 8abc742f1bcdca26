//! `sweep` as a whole: what it leaves on the disk, whatever happens on the way.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Place, Run, command};

/// Enterprises enough that a sweep by the reference interpreter takes seconds.
fn place_with_many(count: &str) -> Place {
    let place = Place::new();
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
        "many",
    ];
    place.ends(0, &generate);
    place
}

/// The names in a folder; none where there is no folder.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let names = entries.map(|entry| name(entry).to_string_lossy().into_owned());
    names.collect()
}

const SWEEP: [&str; 7] = [
    "sweep",
    "--snapshot",
    "many",
    "--threads",
    "2",
    "--json",
    "--out",
];

#[test]
fn columns_and_reference_write_the_same_bytes() {
    let place = place_with_many("300");
    let columns = place.ends(0, &[&SWEEP[..], &["a"]].concat());
    let reference = place.ends(0, &[&SWEEP[..], &["b", "--reference"]].concat());
    let (columns, reference) = (columns.totals(), reference.totals());
    for key in [
        "digest",
        "root",
        "kept",
        "award",
        "eligible",
        "undetermined",
    ] {
        assert_eq!(columns[key], reference[key], "{key}");
    }
    assert!(columns["undetermined"].as_u64().unwrap() > 0);
    assert_eq!(columns["settlement"], reference["settlement"]);
    for file in ["decisions", "awards"] {
        let bytes = |totals: &serde_json::Value| {
            let name = totals[file].as_str().unwrap();
            fs::read(place.path().join(name)).unwrap()
        };
        assert!(bytes(&columns) == bytes(&reference), "{file}");
    }
    assert_eq!(reference["reference"]["nodes"], 0);
    let pairs = 300 * reference["measures"].as_u64().unwrap();
    assert_eq!(reference["reference"]["decisions"], pairs);
}

#[test]
fn the_last_line_says_how_long_and_how_much_memory() {
    let place = place_with_many("50");
    let run = place.ends(0, &[&SWEEP[..], &["out"]].concat());
    let timings = &run.lines().pop().unwrap()["timings"];
    for key in ["load_s", "evaluate_s", "settle_s", "write_s"] {
        assert!(timings[key].as_f64().unwrap() >= 0.0, "{key}");
    }
    assert!(timings["write_s"].as_f64().unwrap() > 0.0, "{timings}");
    if cfg!(target_os = "linux") {
        assert!(timings["peak_mb"].as_u64().unwrap() > 1, "{timings}");
    }
}

/// Runs the binary under a limit of file sizes, in blocks of the shell.
#[cfg(unix)]
fn limited(place: &Place, blocks: u32, arguments: &[&str]) -> Run {
    let zhida = command(place.path(), arguments);
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("ulimit -f {blocks}; exec \"$0\" \"$@\""))
        .arg(zhida.get_program())
        .args(arguments)
        .current_dir(place.path());
    let output = shell.output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
#[cfg(unix)]
fn a_disk_that_fills_leaves_nothing_and_a_clear_error() {
    let place = place_with_many("3000");
    let sweep = [&SWEEP[..], &["out"]].concat();
    let before = place.ends(0, &sweep).totals();
    let stands = names(&place.path().join("out"));
    // Decisions, payable list, summary, seal and the folder of the inputs.
    assert_eq!(stands.len(), 5);
    let written = fs::metadata(place.path().join(before["decisions"].as_str().unwrap()));
    // A block of the shell has 512 or 1024 bytes: both are too few for the file.
    assert!(written.unwrap().len() > 8 * 1024);
    let run = limited(&place, 4, &[&sweep[..], &["--year", "2024"]].concat());
    assert_eq!(run.code, 3, "{}", run.err);
    for part in [
        "decisions-",
        "文件超过允许的大小",
        "没有留下任何结果",
        "磁盘空间",
    ] {
        assert!(run.err.contains(part), "{part} in\n{}", run.err);
    }
    assert!(!run.out.contains("totals"), "{}", run.out);
    // The earlier result still stands, and nothing else.
    assert_eq!(names(&place.path().join("out")), stands);
}

#[test]
#[cfg(unix)]
fn an_interrupted_sweep_leaves_nothing() {
    let place = place_with_many("3000");
    let sweep = [&SWEEP[..], &["out", "--reference"]].concat();
    let mut child = command(place.path(), &sweep)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // The file without a name appears just before the first row is decided.
    while names(&place.path().join("out")).is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it was too fast");
        std::thread::yield_now();
    }
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("已取消,没有留下任何结果"), "{said}");
    assert_eq!(names(&place.path().join("out")), Vec::<String>::new());
}

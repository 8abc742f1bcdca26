//! R8, R16 and R17 on the real binary: two processes on one data folder, a full disk, a restored
//! backup.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::desk::Town;
use crate::support::{command, copy};

fn seal_line(town: &Town) -> Vec<String> {
    let line = format!(
        "payout seal {} --count 1 --total 100000.00 --as zhifu2 --now 2026-07-10T09:30:00+08:00",
        town.batch()
    );
    line.split_whitespace().map(str::to_owned).collect()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// A process that is sealing a batch, stopped in the middle of it: it holds the folder.
fn stopped(town: &Town) -> Option<Child> {
    let line = seal_line(town);
    let words: Vec<&str> = line.iter().map(String::as_str).collect();
    let mut child = command(town.place.path(), &words);
    let mut child = child
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lock = town.place.path().join("zhida-data/zhida.lock");
    let own = child.id().to_string();
    loop {
        if fs::read_to_string(&lock).is_ok_and(|text| text.trim() == own) {
            signal(&child, "-STOP");
            // It may have ended between the two.
            return child.try_wait().unwrap().is_none().then_some(child);
        }
        if child.try_wait().unwrap().is_some() {
            return None;
        }
    }
}

/// R17: whoever comes second is refused while the first is paused, and nothing is done twice when
/// that one goes on.
#[test]
fn a_second_process_is_refused_while_the_first_is_paused_in_the_middle_of_a_seal() {
    let mut paused = None;
    for _ in 0..10 {
        let town = Town::before("nothing");
        let line = seal_line(&town).join(" ");
        if let Some(child) = stopped(&town) {
            paused = Some((town, child, line));
            break;
        }
    }
    let (town, child, line) = paused.expect("a process to pause");
    for line in [line.as_str(), "payout work", "verify"] {
        let refused = town
            .place
            .run(&line.split_whitespace().collect::<Vec<&str>>());
        assert_ne!(refused.code, 0, "{line}");
        let holder = format!("进程号 {}", child.id());
        assert!(refused.err.contains(&holder), "{}", refused.err);
        assert!(refused.err.contains("不要删除锁文件"), "{}", refused.err);
    }
    signal(&child, "-CONT");
    let ended = child.wait_with_output().unwrap();
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    town.stands_at("SEALED");
    // The same once more is refused by rule: it is sealed.
    let again = line.replace("09:30", "09:31");
    let refused = town
        .place
        .run(&again.split_whitespace().collect::<Vec<&str>>());
    assert_eq!(refused.code, 2, "{}", refused.out);
    town.is_clean();
}

/// R16: the backup is older than the payment. What the bank says today is found, and nothing that
/// it has moved leaves the house again.
#[test]
fn a_restored_backup_and_newer_answers_pay_nobody_twice() {
    let town = Town::before("payout batch");
    let place = &town.place;
    let data = place.path().join("zhida-data");
    copy(&data, &place.path().join("before the batch"));
    let make = "payout batch --all --payer 零余额 --date 2026-07-10 --as zhifu1";
    town.does("07-10", make);
    let seal = |batch: &str| format!("payout seal {batch} --count 1 --total 100000.00 --as zhifu2");
    let batch = town.batch();
    town.does("07-10", &seal(&batch));
    copy(&data, &place.path().join("before the sending"));
    town.does(
        "07-10",
        &format!("payout send {batch} --to box --as zhifu1"),
    );
    let first = file_of(&place.path().join("box"));
    town.does(
        "07-10",
        &format!("payout trial-bank {batch} --on 2026-07-10 -o camt.xml"),
    );
    let answer = "payout answer camt.xml --payer 零余额";

    // Sealed and, as far as this copy knows, not sent: the answer shows that it was.
    restore(place.path(), "before the sending");
    town.stands_at("SEALED");
    town.does("07-13", answer);
    town.stands_at("PAID");
    let again = town.ends(
        2,
        "07-13",
        &format!("payout send {batch} --to again --as zhifu1"),
    );
    assert!(again.out.contains("未办"), "{}", again.out);
    assert!(!place.path().join("again").exists());
    town.is_clean();

    // Sent again before anybody has heard the bank: the very same file, which the bank knows.
    restore(place.path(), "before the sending");
    town.does(
        "07-13",
        &format!("payout send {batch} --to again --as zhifu1"),
    );
    assert_eq!(file_of(&place.path().join("again")), first);
    town.does("07-13", answer);
    town.stands_at("PAID");
    town.is_clean();

    // Older still: the instruction itself is unknown. It is found in the bank's line by its name.
    restore(place.path(), "before the batch");
    let told = town.does("07-13", answer);
    assert!(
        told.err.contains("不是本系统现有的支付指令"),
        "{}",
        told.err
    );
    let unmatched = town.balance("Unmatched");
    assert_eq!(unmatched, 10_000_000);
    let make = make.replace("07-10", "07-14");
    town.does("07-14", &make);
    let other = town.batch();
    town.does("07-14", &seal(&other));
    let refused = town.ends(
        2,
        "07-14",
        &format!("payout send {other} --to box2 --as zhifu1"),
    );
    assert!(refused.out.contains("[312]"), "{}", refused.out);
    assert!(!place.path().join("box2").exists());
    // The statement once more, now that the instruction is known: the money moved once.
    town.does("07-14", answer);
    town.stands_at("PAID");
    assert_eq!(town.balance("Unmatched"), 0);
    assert_eq!(town.balance("Cash"), -10_000_000);
    town.is_clean();
}

fn restore(place: &Path, backup: &str) {
    fs::remove_dir_all(place.join("zhida-data")).unwrap();
    copy(&place.join(backup), &place.join("zhida-data"));
}

/// The one file of a folder: its name and its bytes.
fn file_of(folder: &Path) -> (String, Vec<u8>) {
    let mut files = fs::read_dir(folder).unwrap();
    let file = files.next().unwrap().unwrap();
    assert!(files.next().is_none());
    let name = file.file_name().into_string().unwrap();
    (name, fs::read(file.path()).unwrap())
}

/// A small disk of its own; nothing where that needs rights that nobody gave.
struct Disk {
    path: std::path::PathBuf,
}

impl Disk {
    fn new(path: &Path, size: &str) -> Option<Self> {
        fs::create_dir(path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"]);
        let mounted = mount
            .arg(path)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then(|| Self {
            path: path.to_owned(),
        })
    }

    /// Fills it up to so many kilobytes.
    fn fill(&self, free: u64) {
        let path = self.path.join("filler");
        let mut written = 0u64;
        let block = [7u8; 4096];
        let mut file = fs::File::create(&path).unwrap();
        while std::io::Write::write_all(&mut file, &block).is_ok() {
            written = written.saturating_add(4096);
        }
        file.set_len(written.saturating_sub(free.saturating_mul(1024)))
            .unwrap();
    }

    fn clear(&self) {
        fs::remove_file(self.path.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.path).output();
    }
}

/// R8: with any room that is left, a step is done and kept or plainly refused; and it goes on as
/// soon as there is room.
#[test]
fn a_full_disk_loses_nothing_that_was_said_to_be_done() {
    let town = Town::before("payout approve");
    let place = town.place.path();
    let Some(disk) = Disk::new(&place.join("disk"), "16m") else {
        println!("skipped: a disk cannot be mounted here");
        return;
    };
    copy(&place.join("zhida-data"), &place.join("disk/data"));
    let mut refused = 0;
    let mut done: Vec<String> = Vec::new();
    let steps = (0..40)
        .map(|step| step * 4)
        .chain([200, 400, 800, 1_600, 3_000]);
    for free in steps {
        let document = format!("甲字{free}号");
        let grant = format!(
            "payout grant 2026惠企资金 1 --document {document} --as jingban --key g{free} \
             --data disk/data"
        );
        disk.fill(free);
        let run = town
            .place
            .run(&grant.split_whitespace().collect::<Vec<&str>>());
        disk.clear();
        match run.code {
            0 => done.push(document),
            3 => {
                assert!(run.err.contains("磁盘"), "{free} kB: {}", run.err);
                assert!(!run.out.contains("已办"), "{free} kB: {}", run.out);
                refused += 1;
            }
            code => panic!("{free} kB: {code}\n{}\n{}", run.out, run.err),
        }
        town.does("07-02", "verify --data disk/data");
        // The same line again, with room: done once, whether it was done before or not.
        town.place
            .ends(0, &grant.split_whitespace().collect::<Vec<&str>>());
    }
    assert!(
        refused > 3 && !done.is_empty(),
        "{refused} refused, {done:?}"
    );
    let motions = town.does("07-02", "payout motions --data disk/data").out;
    for document in done {
        assert_eq!(
            motions.matches(&document).count(),
            1,
            "{document} in {motions}"
        );
    }
    town.does("07-02", "verify --data disk/data");
}

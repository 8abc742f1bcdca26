//! A policy changed in browsers: written and checked by one official, approved by another, read by
//! everybody, kept in versions, and ended.

use std::time::Instant;

use fantoccini::Locator;

use super::days::wait;
use super::law::{ENTERPRISES, TEXT, files, yuan};
use super::{Month, over_postgres};
use crate::browser::{DESK, PHONE, View};
use crate::person::Person;
use crate::{pictures, ready};

/// Both maker and approver: that he may not approve is for what he wrote, not for his roles.
const AUTHOR: &str = "qicao";
/// Another approver of the same bureau.
const APPROVER: &str = "shenpi1";
/// Somebody without an account.
const ANYBODY: &str = "公众";
/// The policy on the console.
const PAGE: &str = "/console/policies/test-growth";
/// The policy as everybody reads it.
const PUBLIC: &str = "/policies/test-growth";

/// A policy of elsewhere, which applies to nobody here and stays when the other one has ended.
fn elsewhere() -> String {
    let mut text = in_force();
    let changes = [
        ("id: test-growth", "id: test-elsewhere"),
        ("title: 测试市增长奖励办法", "title: 外地奖励办法"),
        ("region: \"4206\"", "region: \"1101\""),
    ];
    for (before, after) in changes {
        assert_eq!(text.matches(before).count(), 1, "{before}");
        text = text.replace(before, after);
    }
    text
}

/// The files of the month with a policy of elsewhere, the author, a cell that is no figure, and a
/// code that is none.
fn own_files() -> Vec<(&'static str, String)> {
    let mut all = files();
    for (name, text) in &mut all {
        match *name {
            "bureau.toml" => text.push_str(&format!(
                "\n[[user]]\nid = \"{AUTHOR}\"\nperson = \"何起草\"\nroles = [\"经办\", \"审批\"]\n"
            )),
            "企业.csv" => {
                let unreadable =
                    "91420600MA00000159,汉江癸化纤有限公司,420606,无,是,约两亿,100000000";
                let wrong = "9142060080,抄错代码的公司,420606,无,是,200000000,100000000";
                text.push_str(&format!("{unreadable}\n{wrong}\n"));
            }
            _ => {}
        }
    }
    all.push(("政策/外地.md", elsewhere()));
    all
}

/// The text in force: half a percent, and 500,000 yuan at most.
fn in_force() -> String {
    let found = files().into_iter().find(|(name, _)| *name == TEXT);
    found.unwrap().1
}

/// One percent, and 800,000 yuan at most: in the article, in its rule and in the examples.
fn wanted() -> String {
    let mut text = in_force();
    let changes = [
        ("按增加额的0.5%奖励", "按增加额的1%奖励"),
        ("最高50万元", "最高80万元"),
        ("* 0.5%, 50万元", "* 1%, 80万元"),
        ("=> 10万元", "=> 20万元"),
        ("=> 50万元", "=> 80万元"),
    ];
    for (before, after) in changes {
        assert_eq!(text.matches(before).count(), 1, "{before}");
        text = text.replace(before, after);
    }
    text
}

/// What all enterprises get together, in yuan, with a part of the growth and a cap.
fn together(part: i64, cap: i64) -> String {
    let each = ENTERPRISES.iter().filter_map(|one| one.due_by(part, cap));
    yuan(each.sum())
}

impl Month {
    /// What the page says, which must have all these parts.
    async fn says(&self, who: &str, parts: &[&str]) {
        let text = self.text(who).await;
        for part in parts {
            assert!(text.contains(part), "{who}: {part} is not in {text}");
        }
    }

    /// How many elements of this kind there are.
    async fn count(&self, who: &str, selector: &str) -> usize {
        let browser = self.person(who).browser();
        let found = browser.client.find_all(Locator::Css(selector)).await;
        found.unwrap().len()
    }

    /// Has a text checked that was typed into the editor; what the check says of it.
    async fn checked(&mut self, text: &str) -> String {
        let action = format!("{PAGE}/check");
        self.send(AUTHOR, &action, &[("text", text)]).await;
        let browser = self.person(AUTHOR).browser();
        let found = browser.client.find(Locator::Css("#checked")).await.unwrap();
        found.text().await.unwrap()
    }

    /// Saves what stands in the editor.
    async fn saved(&mut self) {
        let action = format!("{PAGE}/check");
        let browser = self.person(AUTHOR).browser();
        browser.send_by("button[formaction]", &action, &[]).await;
        self.look(AUTHOR).await;
        assert_eq!(self.path(AUTHOR).await, PAGE);
    }

    /// Proposes what was saved, or the end; where the proposal lies.
    async fn proposed(&mut self, verb: &str, fields: &[(&str, &str)]) -> String {
        self.send(AUTHOR, &format!("{PAGE}/{verb}"), fields).await;
        let path = self.path(AUTHOR).await;
        assert!(path.starts_with("/console/publications/"), "{path}");
        path
    }

    /// The page of the policy as everybody sees it, who has signed in nowhere.
    async fn read_by_anybody(&mut self) -> String {
        if !self.people.get(ANYBODY).is_some_and(Person::is_there) {
            let mut person = Person::new(ANYBODY, self.people.len());
            person.come(self.view).await;
            self.people.insert(ANYBODY.to_owned(), person);
        }
        self.goto(ANYBODY, PUBLIC).await;
        self.text(ANYBODY).await
    }

    /// Keeps a picture under the name of its page.
    async fn picture_of_page(&self, who: &str, name: &str) {
        pictures::keep(self.person(who).browser(), name).await;
    }
}

/// What departments deliver: what cannot be read is said, and never guessed.
async fn import(month: &mut Month) {
    month.goto(AUTHOR, "/console/imports").await;
    let file = month.office.file("企业.csv");
    let fields = [
        ("year", "2025"),
        ("as_of", "2026-06-30"),
        ("file", file.as_str()),
    ];
    let browser = month.person(AUTHOR).browser();
    browser.send("/console/imports/start", &fields).await;
    wait(month, AUTHOR, "/console/imports/").await;
    let accepted = ENTERPRISES.len() + 1;
    let told = format!("{accepted} 家企业已导入");
    month.says(AUTHOR, &[&told, "1 行未导入", "约两亿"]).await;
    month.picture_of_page(AUTHOR, "console-imports-one").await;
}

/// Two mistakes are shown where they are; mended, the text is saved and proposed.
async fn write(month: &mut Month) -> String {
    month.goto(AUTHOR, "/console/policies").await;
    month.follow(AUTHOR, PAGE).await;
    let offered = format!("main form[action='{PAGE}/propose']");
    assert_eq!(month.count(AUTHOR, &offered).await, 0, "nothing was saved");
    let broken = wanted().replace("金额 最小((", "金额 最小(((");
    let told = month.checked(&broken).await;
    assert!(told.contains("有错误或举例不符"), "{told}");
    assert!(told.contains("金额 最小((("), "the line is shown: {told}");
    let contrary = wanted().replace("=> 20万元", "=> 21万元");
    let told = month.checked(&contrary).await;
    assert!(told.contains("有错误或举例不符"), "{told}");
    assert!(
        told.contains("21万元") || told.contains("210,000"),
        "{told}"
    );
    month.picture(AUTHOR, "faults").await;
    let told = month.checked(&wanted()).await;
    assert!(told.contains("没有错误,举例全部相符"), "{told}");
    // What differs from the text in force is there before anything is saved.
    month.says(AUTHOR, &["草案与现行文本的差别"]).await;
    month.saved().await;
    assert_eq!(month.count(AUTHOR, &offered).await, 1, "saved: it may be");
    month
        .proposed("propose", &[("reason", "按市政府常务会议修订")])
        .await
}

/// Nobody approves what he wrote; another one does, with a fresh code.
async fn decide(month: &mut Month, proposal: &str) {
    let approve = format!("{proposal}/approve");
    let button = format!("main form[action='{approve}']");
    assert_eq!(month.count(AUTHOR, &button).await, 0, "his own text");
    month
        .says(AUTHOR, &["您起草或提出了这一份,不能由您批准"])
        .await;
    let before = month.read_by_anybody().await;
    assert!(before.contains("最高50万元"), "not in force: {before}");
    month.goto(APPROVER, "/console/policies").await;
    month.follow(APPROVER, proposal).await;
    let (old, new) = (together(200, 500_000), together(100, 800_000));
    let difference = ["删去", "新增", "最高50万元", "最高80万元"];
    month.says(APPROVER, &difference).await;
    let facts = ["何起草", "按市政府常务会议修订", &old, &new];
    month.says(APPROVER, &facts).await;
    month
        .picture_of_page(APPROVER, "console-publications-one")
        .await;
    // Twenty minutes later the code that he signed in with counts no more.
    month.later("2026-07-01T09:20:00+08:00");
    month.goto(APPROVER, proposal).await;
    month.send(APPROVER, &approve, &[]).await;
    assert!(
        month.stepped_up.contains(&approve),
        "{:?}",
        month.stepped_up
    );
    month.says(APPROVER, &["已批准", "何起草", "赵审批"]).await;
    let now = month.read_by_anybody().await;
    for part in ["最高80万元", "按增加额的1%奖励"] {
        assert!(now.contains(part), "{part} is not in {now}");
    }
    assert!(!now.contains("最高50万元"), "{now}");
}

/// Every version stays, and any two are compared.
async fn compare(month: &mut Month) {
    month.goto(APPROVER, PAGE).await;
    let version = format!("{PAGE}/versions/1");
    month.follow(APPROVER, &version).await;
    month.send(APPROVER, &version, &[("with", "0")]).await;
    let parts = ["最高50万元", "最高80万元", "按市政府常务会议修订"];
    month.says(APPROVER, &parts).await;
    month.picture(APPROVER, "versions").await;
}

/// A second change is returned with a reason; nothing of it holds.
async fn refuse(month: &mut Month) {
    month.goto(AUTHOR, PAGE).await;
    let sentence = "上年没有营业收入的企业不适用本条。";
    let text = wanted().replace(sentence, &format!("{sentence}资金用完为止。"));
    assert_ne!(text, wanted());
    month.checked(&text).await;
    month.saved().await;
    let fields = [("reason", "资金紧张"), ("from", "2026-07-15")];
    let proposal = month.proposed("propose", &fields).await;
    month.goto(APPROVER, &proposal).await;
    let action = format!("{proposal}/return");
    let reason = "先测算资金缺口,再提交会议";
    month.send(APPROVER, &action, &[("reason", reason)]).await;
    month.says(APPROVER, &["已退回", reason]).await;
    let approve = format!("main form[action='{proposal}/approve']");
    assert_eq!(month.count(APPROVER, &approve).await, 0, "it is over");
    month.goto(AUTHOR, PAGE).await;
    month.says(AUTHOR, &["已退回", reason]).await;
    let now = month.read_by_anybody().await;
    assert!(!now.contains("资金用完为止"), "{now}");
}

/// The policy ends on a day, in the same two hands; until then it holds.
async fn end(month: &mut Month) {
    let fields = [("reason", "并入新的办法"), ("from", "2026-08-01")];
    month.goto(AUTHOR, PAGE).await;
    let proposal = month.proposed("end", &fields).await;
    let approve = format!("{proposal}/approve");
    let button = format!("main form[action='{approve}']");
    assert_eq!(month.count(AUTHOR, &button).await, 0, "his own proposal");
    month.goto(APPROVER, &proposal).await;
    month
        .says(APPROVER, &["整份政策停止执行", "2026-08-01"])
        .await;
    month.send(APPROVER, &approve, &[]).await;
    month.says(APPROVER, &["已批准"]).await;
    let now = month.read_by_anybody().await;
    assert!(now.contains("最高80万元"), "{now}");
    month.begin("2026-08-01T09:00:00+08:00", &[]).await;
    month.goto(APPROVER, PAGE).await;
    month
        .says(APPROVER, &["尚未发布或已废止", "废止", "并入新的办法"])
        .await;
    month.goto(APPROVER, "/policies?q=测试市增长奖励办法").await;
    let link = format!("main a[href^='{PUBLIC}']");
    assert_eq!(month.count(APPROVER, &link).await, 0, "it has ended");
}

/// The whole story.
async fn publishing(view: View, store: Option<String>) {
    let begun = Instant::now();
    let mut month = Month::before(view, store, &own_files());
    let people = [AUTHOR, APPROVER];
    month.begin("2026-07-01T09:00:00+08:00", &people).await;
    import(&mut month).await;
    let proposal = write(&mut month).await;
    decide(&mut month, &proposal).await;
    compare(&mut month).await;
    refuse(&mut month).await;
    end(&mut month).await;
    month.over().await;
    month.office.close();
    month.office.run(&["verify", "--data", "zhida-data"]);
    month.sum_up(begun);
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_over_sqlite_on_a_desk() {
    if ready() {
        publishing(DESK, None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_over_postgres_on_a_phone_without_scripts() {
    if ready() {
        over_postgres(|store| publishing(PHONE, Some(store))).await;
    }
}

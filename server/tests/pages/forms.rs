//! Filling in forms and sending them, as people do.

use std::time::Instant;

use fantoccini::Locator;
use fantoccini::elements::Element;

use crate::browser::{Browser, PATIENCE};

impl Browser {
    /// Fills in the form of an action and presses its button; waits for the page that follows.
    pub(crate) async fn send(&self, action: &str, fields: &[(&str, &str)]) {
        self.send_by("button", action, fields).await;
    }

    /// The same by one of several buttons.
    pub(crate) async fn send_by(&self, button: &str, action: &str, fields: &[(&str, &str)]) {
        let selector = format!("main form[action=\"{action}\"]");
        let form = self.client.find(Locator::Css(&selector)).await;
        let form = match form {
            Ok(form) => form,
            Err(error) => panic!("no form {action}: {error}\n{}", self.text().await),
        };
        let folds = Locator::XPath("ancestor::details[not(@open)]/summary");
        for fold in form.find_all(folds).await.unwrap() {
            fold.click().await.unwrap();
        }
        for (name, value) in fields {
            self.fill_in(&form, name, value).await;
        }
        let button = form.find(Locator::Css(button)).await.unwrap();
        self.leave_by(&button).await;
    }

    async fn fill_in(&self, form: &Element, name: &str, value: &str) {
        let selector = format!("[name=\"{name}\"]");
        let field = form.find(Locator::Css(&selector)).await;
        let field = field.unwrap_or_else(|error| panic!("no field {name}: {error}"));
        if field.tag_name().await.unwrap() == "select" {
            self.pick(&field, value).await;
            return;
        }
        let kind = field.attr("type").await.unwrap().unwrap_or_default();
        match kind.as_str() {
            "checkbox" => field.click().await.unwrap(),
            "file" => field.send_keys(value).await.unwrap(),
            // How a day is typed depends on the language of the browser.
            "date" => {
                let set = "arguments[0].value = arguments[1]";
                let field = serde_json::to_value(&field).unwrap();
                let arguments = vec![field, value.into()];
                self.client.execute(set, arguments).await.unwrap();
            }
            _ => {
                field.clear().await.unwrap();
                field.send_keys(value).await.unwrap();
                let typed = field.prop("value").await.unwrap();
                assert_eq!(typed.as_deref(), Some(value), "what was typed into {name}");
            }
        }
    }

    /// Picks what has this value, or says this.
    async fn pick(&self, field: &Element, value: &str) {
        for option in field.find_all(Locator::Css("option")).await.unwrap() {
            let own = option.attr("value").await.unwrap().unwrap_or_default();
            let label = option
                .prop("textContent")
                .await
                .unwrap()
                .unwrap_or_default();
            if own == value || label.contains(value) {
                option.click().await.unwrap();
                return;
            }
        }
        panic!(
            "nothing to pick says {value}: {}",
            field.html(true).await.unwrap()
        );
    }

    /// Follows the link that says this; waits for its page.
    pub(crate) async fn follow(&self, text: &str) {
        let path = format!("//a[contains(normalize-space(.), '{text}')]");
        let link = self.client.find(Locator::XPath(&path)).await;
        match link {
            Ok(link) => self.leave_by(&link).await,
            Err(error) => panic!("no link {text}: {error}\n{}", self.text().await),
        }
    }

    /// Presses something that leads to another page, and waits until that is there.
    async fn leave_by(&self, element: &Element) {
        let page = self.client.find(Locator::Css("html")).await.unwrap();
        element.click().await.unwrap();
        let begun = Instant::now();
        while page.tag_name().await.is_ok() {
            let text = self.text();
            assert!(
                begun.elapsed() < PATIENCE,
                "nothing came of it: {}",
                text.await
            );
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        self.came().await;
    }

    /// Waits for a whole page.
    pub(crate) async fn came(&self) {
        let footer = Locator::Css("body > footer");
        let found = self.client.wait().at_most(PATIENCE).for_element(footer);
        if let Err(error) = found.await {
            panic!("no page came: {error}\n{}", self.text().await);
        }
    }
}

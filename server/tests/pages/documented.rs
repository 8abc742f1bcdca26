//! The page that documents the API, in a browser, under the policy of all pages.

use std::time::{Duration, Instant};

use fantoccini::Locator;

use crate::browser::{Browser, DESK, PATIENCE};
use crate::city::City;
use crate::{client, pictures, ready};

async fn appears(browser: &Browser, selector: &str) -> usize {
    let begun = Instant::now();
    loop {
        let found = browser
            .client
            .find_all(Locator::Css(selector))
            .await
            .unwrap();
        if !found.is_empty() {
            return found.len();
        }
        let text = browser.text();
        assert!(begun.elapsed() < PATIENCE, "no {selector}: {}", text.await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn click(browser: &Browser, selector: &str) {
    appears(browser, selector).await;
    let found = browser.client.find(Locator::Css(selector)).await.unwrap();
    found.click().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_can_be_read_and_tried_on_its_page() {
    if !ready() {
        return;
    }
    let city = City::found(200);
    let browser = Browser::open(DESK).await;
    let document = format!("{}/api/v1/openapi.json", city.address);
    let document = client()
        .get(&document)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let operations: usize = paths.map(|path| path.as_object().unwrap().len()).sum();
    browser.goto(&format!("{}/api/docs/", city.address)).await;
    appears(&browser, ".opblock-tag").await;
    for part in browser
        .client
        .find_all(Locator::Css(".opblock-tag"))
        .await
        .unwrap()
    {
        part.click().await.unwrap();
    }
    // Everything that the document describes can be opened.
    assert_eq!(appears(&browser, ".opblock").await, operations);
    pictures::keep(&browser, "api-docs").await;
    let measures = "[id$='get_measures']";
    click(&browser, &format!("{measures} .opblock-summary-control")).await;
    click(&browser, &format!("{measures} .try-out__btn")).await;
    click(&browser, &format!("{measures} .execute")).await;
    appears(
        &browser,
        &format!("{measures} .live-responses-table .response"),
    )
    .await;
    let replied = format!("{measures} .live-responses-table .response-col_status");
    let replied = browser
        .client
        .find_all(Locator::Css(&replied))
        .await
        .unwrap();
    let mut statuses = Vec::new();
    for one in replied {
        statuses.push(one.text().await.unwrap());
    }
    assert!(
        statuses.iter().any(|status| status.contains("200")),
        "{statuses:?}"
    );
    let wrong = browser.complaints().await;
    browser.close().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

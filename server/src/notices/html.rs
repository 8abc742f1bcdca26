//! A notice list as one page: readable on paper and on a phone, without scripts and without a
//! request to anywhere.
//!
//! Markup is `&'static str` and everything else is escaped, so that no text can become markup.

use sha2::{Digest, Sha256};
use zhida_policies::values::Money;

use super::sheet::{self, COLUMNS};
use super::{AmountStanding, NoticeList, NoticeRow};

/// The style of the page.
const STYLE: &str = include_str!("style.css");

/// Writes the list.
pub(super) fn page(list: &NoticeList) -> String {
    let mut page = Page(String::new());
    page.head(list);
    page.markup("<body>\n<main>\n<h1>");
    page.text(list.title.as_str());
    page.markup("</h1>\n");
    page.sum(list);
    page.pairs("<dl>\n", "<dd>", sheet::about(list));
    page.table(list);
    if list.provisional > Money::ZERO {
        page.markup("<p class=\"note\">标为“暂定”的金额还会随其他企业的待核事项变动,共 ");
        page.text(&list.provisional.grouped().to_string());
        page.markup(" 元;以最终核定为准。</p>\n");
    }
    page.markup("<p class=\"sign\">");
    page.text(list.bureau.as_str());
    page.markup("<br>");
    page.text(&list.published.to_string());
    page.markup("</p>\n<section class=\"evidence\">\n<h2>核对信息</h2>\n");
    page.markup("<p>名单摘要由本名单的标准文本算出;名单有任何改动,摘要就不同。</p>\n");
    page.pairs("<dl>\n", "<dd class=\"hex\">", sheet::evidence(list));
    page.markup("</section>\n</main>\n</body>\n</html>\n");
    page.0
}

/// The source of styles that the page's content security policy allows: the digest of its style.
pub(super) fn style_source() -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(STYLE.as_bytes())))
}

/// A page that is being written.
struct Page(String);

impl Page {
    /// Markup of this file.
    fn markup(&mut self, fixed: &'static str) {
        self.0.push_str(fixed);
    }

    /// A text from elsewhere, escaped for elements and for attributes in double quotes.
    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
    }

    fn head(&mut self, list: &NoticeList) {
        self.markup("<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n");
        self.markup("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
        self.markup("base-uri 'none'; form-action 'none'; style-src ");
        // Base64 and quotation marks that belong to the policy: nothing to escape.
        self.0.push_str(&style_source());
        self.markup("\">\n<meta name=\"viewport\" content=\"width=device-width, ");
        self.markup("initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
        self.markup("<title>");
        self.text(list.title.as_str());
        self.markup("</title>\n<style>");
        self.markup(STYLE);
        self.markup("</style>\n</head>\n");
    }

    /// How many are to get how much: the number comes first.
    fn sum(&mut self, list: &NoticeList) {
        self.markup("<p class=\"sum\"><strong>");
        self.text(&list.enterprises().to_string());
        self.markup("</strong> 家企业,<strong>");
        self.text(&list.rows.len().to_string());
        self.markup("</strong> 笔,合计 <strong>");
        self.text(&list.total.grouped().to_string());
        self.markup("</strong> 元</p>\n");
    }

    fn pairs(
        &mut self,
        open: &'static str,
        value_open: &'static str,
        pairs: Vec<(&'static str, String)>,
    ) {
        self.markup(open);
        for (word, value) in pairs {
            self.markup("<dt>");
            self.markup(word);
            self.markup("</dt>");
            self.markup(value_open);
            self.text(&value);
            self.markup("</dd>\n");
        }
        self.markup("</dl>\n");
    }

    // Roles are written out because the narrow style takes the table's own away.
    fn table(&mut self, list: &NoticeList) {
        self.markup("<table role=\"table\">\n<caption>公示名单</caption>\n");
        self.markup("<thead role=\"rowgroup\">\n<tr role=\"row\">");
        for word in COLUMNS {
            self.markup("<th role=\"columnheader\" scope=\"col\">");
            self.markup(word);
            self.markup("</th>");
        }
        self.markup("</tr>\n</thead>\n<tbody role=\"rowgroup\">\n");
        for (row, place) in list.rows.iter().zip(1usize..) {
            self.row(row, place);
        }
        self.markup("</tbody>\n<tfoot role=\"rowgroup\">\n<tr role=\"row\">");
        self.markup("<th role=\"rowheader\" scope=\"row\" colspan=\"3\">合计</th>");
        self.markup("<td role=\"cell\" class=\"amount\" data-label=\"金额(元)\">");
        self.text(&list.total.grouped().to_string());
        self.markup("</td><td role=\"cell\" colspan=\"2\"></td></tr>\n</tfoot>\n</table>\n");
    }

    fn row(&mut self, row: &NoticeRow, place: usize) {
        self.markup("<tr role=\"row\">");
        let class = match row.standing {
            AmountStanding::Final => "standing",
            AmountStanding::Provisional => "standing provisional",
        };
        let cells: [(&'static str, &str); COLUMNS.len()] = [
            ("place", &place.to_string()),
            ("name", row.enterprise.as_str()),
            ("code", &row.uscc),
            ("amount", &row.amount.grouped().to_string()),
            (class, sheet::standing(row.standing)),
            ("basis", row.basis.as_str()),
        ];
        for (word, (class, value)) in COLUMNS.into_iter().zip(cells) {
            self.markup("<td role=\"cell\" class=\"");
            self.markup(class);
            self.markup("\" data-label=\"");
            self.markup(word);
            self.markup("\">");
            self.text(value);
            self.markup("</td>");
        }
        self.markup("</tr>\n");
    }
}

/// Base64 with padding (RFC 4648), as content security policies write digests.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4usize {
            let shift = [18, 12, 6, 0].get(place).copied().unwrap_or(0);
            let sextet = usize::try_from(group >> shift & 63).unwrap_or(0);
            let letter = ALPHABET.get(sextet).copied().map_or('A', char::from);
            text.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    text
}

//! A sheet as PDF: the font inside, no time and no chance in it, so that it is the same bytes
//! whenever it is made.

use std::collections::BTreeSet;

use krilla::SerializeSettings;
use krilla::document::Document;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::surface::Surface;

use super::layout::Letters;
use super::{Block, Section, Sheet, SheetStep};
use crate::failure::Failure;

/// A4 in points.
const PAPER: (f32, f32) = (595.0, 842.0);
/// What is drawn is told in tenths of a point.
const TENTH: f32 = 0.1;
/// The edges, in tenths of a point.
const LEFT: u32 = 510;
const RIGHT: u32 = 5_440;
const TOP: u32 = 560;
const BOTTOM: u32 = 7_760;
/// Where the foot of a page stands.
const FOOT: u32 = 8_000;
/// Sizes of letters.
const TITLE: u16 = 200;
const HEADING: u16 = 130;
const AMOUNT: u16 = 180;
const TEXT: u16 = 100;
const SMALL: u16 = 85;
/// A line is so much higher than its letters, in tenths.
const LEADING: u32 = 15;
/// Room inside a cell.
const PADDING: u32 = 40;
/// How far a step inside another is moved to the right.
const INDENT: u32 = 110;
/// The share of the width that the results of steps take, in percent.
const RESULT_SHARE: u32 = 30;

/// What is drawn on a page.
enum Ink {
    Text {
        x: u32,
        y: u32,
        size: u16,
        text: String,
    },
    Rule {
        x: u32,
        y: u32,
        width: u32,
    },
}

/// Pages that are being filled.
struct Paper<'a> {
    letters: &'a Letters<'a>,
    pages: Vec<Vec<Ink>>,
    y: u32,
    lacking: BTreeSet<char>,
}

/// Writes a sheet as PDF.
///
/// # Errors
/// [`Failure`] when the font of the binary cannot be read, or the file cannot be put together.
pub(crate) fn pdf(sheet: &Sheet) -> Result<Vec<u8>, Failure> {
    let broken = |what: &str| Failure::bad_data(format!("计算单的 PDF 写不出来:{what}"), "");
    let letters = Letters::open().ok_or_else(|| broken("程序内的字体读不出来"))?;
    let mut paper = Paper {
        letters: &letters,
        pages: vec![Vec::new()],
        y: TOP,
        lacking: BTreeSet::new(),
    };
    paper.sheet(sheet);
    let (pages, number) = (paper.pages, &sheet.number);
    let mut document = Document::new_with(SerializeSettings {
        enable_tagging: false,
        ..SerializeSettings::default()
    });
    document.set_metadata(
        Metadata::new()
            .title(format!("{} {number}", sheet.title))
            .language("zh-CN".to_owned())
            .creator("zhida".to_owned())
            .document_id(number.clone()),
    );
    let all = pages.len();
    for (place, inks) in (1usize..).zip(&pages) {
        let settings = PageSettings::from_wh(PAPER.0, PAPER.1);
        let mut page = document.start_page_with(settings.ok_or_else(|| broken("纸张"))?);
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(TENTH, TENTH));
        for ink in inks {
            draw(ink, &letters, &mut surface);
        }
        let text = format!("{number} · 第 {place} 页,共 {all} 页");
        let foot = Ink::Text {
            x: LEFT,
            y: FOOT,
            size: SMALL,
            text,
        };
        draw(&foot, &letters, &mut surface);
        surface.pop();
        surface.finish();
        page.finish();
    }
    document
        .finish()
        .map_err(|error| broken(&format!("{error:?}")))
}

/// A length as the page takes it.
#[expect(
    clippy::as_conversions,
    reason = "a place on paper, far below what a float holds exactly"
)]
fn at(tenths: u32) -> f32 {
    tenths as f32
}

fn draw(ink: &Ink, letters: &Letters<'_>, surface: &mut Surface<'_>) {
    match ink {
        Ink::Text { x, y, size, text } => {
            let start = Point::from_xy(at(*x), at(*y));
            let glyphs = letters.glyphs(text);
            let font = letters.font.clone();
            surface.draw_glyphs(start, &glyphs, font, text, f32::from(*size), false);
        }
        Ink::Rule { x, y, width } => {
            let Some(line) = Rect::from_xywh(at(*x), at(*y), at(*width), 5.0) else {
                return;
            };
            let mut path = PathBuilder::new();
            path.push_rect(line);
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
}

fn high(size: u16) -> u32 {
    u32::from(size).saturating_mul(LEADING) / 10
}

impl Paper<'_> {
    fn sheet(&mut self, sheet: &Sheet) {
        self.words(&sheet.title, TITLE);
        self.words(&sheet.amount, AMOUNT);
        self.words(&sheet.about, HEADING);
        if !sheet.warning.is_empty() {
            self.words(&format!("注意:{}", sheet.warning), HEADING);
        }
        for section in &sheet.sections {
            self.section(section);
        }
        if self.lacking.is_empty() {
            return;
        }
        let lacking = self.lacking.iter();
        let lacking: Vec<String> = lacking
            .map(|one| format!("U+{:04X}", u32::from(*one)))
            .collect();
        self.words(
            &format!(
                "印作〓的字不在程序内的字体中,依次是 {};网页版的计算单写出原字。",
                lacking.join("、")
            ),
            SMALL,
        );
    }

    fn section(&mut self, section: &Section) {
        // A heading stays with what it is about.
        self.room(high(HEADING).saturating_mul(4));
        self.y = self.y.saturating_add(u32::from(TEXT));
        self.words(section.title, HEADING);
        for block in &section.blocks {
            match block {
                Block::Words(words) => self.words(words, TEXT),
                Block::Points(points) => {
                    for point in points {
                        self.words(&format!("· {point}"), TEXT);
                    }
                }
                Block::Exact(words) => self.words(words, SMALL),
                Block::Pairs(pairs) => {
                    for (name, value) in pairs {
                        self.row(&[(name, 24), (value, 76)], TEXT, false);
                    }
                }
                Block::Table { head, rows } => self.table(head, rows),
                Block::Steps(steps) => steps.iter().for_each(|step| self.step(step)),
            }
        }
    }

    /// Turns the page where so much room is not left.
    fn room(&mut self, height: u32) {
        if self.y.saturating_add(height) > BOTTOM && self.y > TOP {
            self.pages.push(Vec::new());
            self.y = TOP;
        }
    }

    fn ink(&mut self, ink: Ink) {
        if let Ink::Text { text, .. } = &ink {
            let lacking = text.chars().filter(|one| !self.letters.has(*one));
            self.lacking.extend(lacking);
        }
        if let Some(page) = self.pages.last_mut() {
            page.push(ink);
        }
    }

    /// Words over the whole width.
    fn words(&mut self, text: &str, size: u16) {
        for line in self.letters.lines(text, size, RIGHT.saturating_sub(LEFT)) {
            self.room(high(size));
            self.y = self.y.saturating_add(high(size));
            self.ink(Ink::Text {
                x: LEFT,
                y: self.y,
                size,
                text: line.text,
            });
        }
        self.y = self.y.saturating_add(30);
    }

    fn table(&mut self, head: &[(String, u16)], rows: &[Vec<String>]) {
        let shares: Vec<u32> = head.iter().map(|(_, share)| u32::from(*share)).collect();
        let names = head.iter().map(|(name, _)| name);
        let names: Vec<(&String, u32)> = names.zip(shares.iter().copied()).collect();
        self.row(&names, SMALL, true);
        for row in rows {
            let cells: Vec<(&String, u32)> = row.iter().zip(shares.iter().copied()).collect();
            self.row(&cells, SMALL, true);
        }
    }

    /// A row of cells; it stays on one page unless it is longer than one.
    fn row<T: AsRef<str>>(&mut self, cells: &[(T, u32)], size: u16, has_rule: bool) {
        let width = RIGHT.saturating_sub(LEFT);
        let mut wrapped = Vec::new();
        for (text, share) in cells {
            let wide = width.saturating_mul(*share) / 100;
            let inside = wide.saturating_sub(PADDING.saturating_mul(2));
            wrapped.push((self.letters.lines(text.as_ref(), size, inside), wide));
        }
        let most = wrapped.iter().map(|(lines, _)| lines.len()).max();
        let most = u32::try_from(most.unwrap_or(0)).unwrap_or(u32::MAX);
        let height = high(size).saturating_mul(most).saturating_add(PADDING);
        self.room(height.min(BOTTOM.saturating_sub(TOP)));
        if has_rule {
            let (x, y) = (LEFT, self.y.saturating_add(PADDING / 2));
            self.ink(Ink::Rule { x, y, width });
        }
        for number in 0..most {
            if self.y.saturating_add(high(size)) > BOTTOM {
                self.pages.push(Vec::new());
                self.y = TOP;
            }
            self.y = self.y.saturating_add(high(size));
            let mut x = LEFT;
            for (lines, wide) in &wrapped {
                let line = usize::try_from(number).ok().and_then(|at| lines.get(at));
                if let Some(line) = line.filter(|line| !line.text.is_empty()) {
                    self.ink(Ink::Text {
                        x: x.saturating_add(PADDING),
                        y: self.y,
                        size,
                        text: line.text.clone(),
                    });
                }
                x = x.saturating_add(*wide);
            }
        }
        self.y = self.y.saturating_add(PADDING);
    }

    /// A step: what it is on the left, what it came to on the right.
    fn step(&mut self, step: &SheetStep) {
        let width = RIGHT.saturating_sub(LEFT);
        let result = width.saturating_mul(RESULT_SHARE) / 100;
        let inset = INDENT.saturating_mul(u32::from(step.depth.min(10)));
        let room = width.saturating_sub(result).saturating_sub(inset);
        let text = match step.written.is_empty() {
            true => step.label.clone(),
            false => format!("{} {}", step.label, step.written),
        };
        let (left, right) = (
            self.letters
                .lines(&text, SMALL, room.saturating_sub(PADDING)),
            self.letters.lines(&step.result, SMALL, result),
        );
        let most = left.len().max(right.len());
        for number in 0..most {
            self.room(high(SMALL));
            self.y = self.y.saturating_add(high(SMALL));
            let sides = [
                (left.get(number), LEFT.saturating_add(inset)),
                (right.get(number), RIGHT.saturating_sub(result)),
            ];
            for (line, x) in sides {
                if let Some(line) = line.filter(|line| !line.text.is_empty()) {
                    self.ink(Ink::Text {
                        x,
                        y: self.y,
                        size: SMALL,
                        text: line.text.clone(),
                    });
                }
            }
        }
        self.y = self.y.saturating_add(15);
    }
}

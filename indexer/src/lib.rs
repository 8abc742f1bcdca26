//! Full-text search over the articles and measures of all policies, and the prospective index
//! from what is known of an enterprise to the measures it may be entitled to.
//!
//! A policy, each of its articles and each of its measures is one [`Entry`]. An [`Index`] holds
//! entries in memory or in a directory and answers a [`Query`] with an [`Answer`]: ranked hits
//! with highlighted snippets, the total, and counts for the filters. A search never decides who
//! is paid, and no text that a user types is an error.
//!
//! | module | holds |
//! |---|---|
//! | `entry`, `entries` | what can be found; the entries of a checked library |
//! | `normal`, `lexicon`, `cut` | one form for all spellings; the dictionary; words and grams |
//! | `number` | document numbers however they are typed |
//! | `fields` | the schema and how an entry becomes a document |
//! | `question`, `word`, `plan` | what the user asked, and that as a tantivy query |
//! | `count`, `highlight`, `answer` | counts, snippets, and what comes back |
//! | `store`, `index` | the directory, and the index in it |
//! | `search`, `suggest` | running a query, suggestions while typing |
//! | `prospect` | which measures an enterprise may be entitled to, before they are evaluated |
//!
//! # Example
//! ```
//! use std::sync::Arc;
//! use zhida_indexer::{Entry, Index, Lexicon, Query, Subject};
//!
//! let lexicon = Arc::new(Lexicon::new(["规上企业"])?);
//! let entry = Entry {
//!     policy_id: "city-industry".into(),
//!     policy_title: "工业稳增长若干措施".into(),
//!     subject: Subject::Article { label: "第八条".into(), heading: "增长奖励".into() },
//!     text: "规模以上企业增速10%以上的,奖励20万元。".into(),
//!     ..Entry::default()
//! };
//! let index = Index::create_in_ram(lexicon, &[entry])?;
//! let answer = index.search(&Query::text("規上企業"))?;
//! assert_eq!(answer.total, 1);
//! assert_eq!(answer.hits[0].snippet.marked(), ["规模以上企业"]);
//! # Ok::<(), zhida_indexer::Error>(())
//! ```

mod answer;
mod count;
mod cut;
mod entries;
mod entry;
mod error;
mod fields;
mod highlight;
mod index;
mod lexicon;
mod normal;
mod number;
mod plan;
pub mod prospect;
mod query;
mod question;
mod search;
mod store;
mod suggest;
mod word;

pub use answer::{Answer, Facets, Hit, Matching};
pub use entries::{entries_of, words_of};
pub use entry::{Delivery, Entry, Kind, Place, Subject};
pub use error::Error;
pub use highlight::Snippet;
pub use index::{Index, Opening};
pub use lexicon::Lexicon;
pub use query::{Query, Reach, RegionFilter};
pub use store::RebuildCause;
pub use suggest::Suggestion;

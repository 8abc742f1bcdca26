//! Which enterprises somebody sees: one answer for pages, API, sums and explanations.
//!
//! # Shape
//! A bureau sees the enterprises that it owes something, and those that lie in the region of an
//! office within sight; where no office is set, a bureau that is alone sees all. An enterprise sees
//! itself. A fact that is missing puts an enterprise into no region.
//!
//! What is asked for decides what is read: [`Seen::is_whole`] reads the offices alone,
//! [`sees_enterprise`] and [`Eyes`] look one enterprise up, and only [`Seen::of`] reads everybody
//! that is owed something.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use zhida_engine::facts::{Facts, Reading};
use zhida_engine::forecast::Priced;
use zhida_engine::snapshot::Snapshot;
use zhida_policies::measure::expression::Value as FactValue;
use zhida_policies::values::{Codes, Period, PeriodKind, Region, Uscc};
use zhida_policies::vocabulary::FactId;

use super::payouts::{self, PayoutQuery};
use crate::library;
use crate::store::encoding::hex;
use crate::store::{Store, StoreError};
use crate::web::{Ask, Material, Scope, Server, WebFault};

/// The regions of the offices within sight.
#[derive(Clone, Debug)]
pub(crate) struct Grounds {
    regions: Vec<Region>,
    codes: Arc<Codes>,
}

impl Grounds {
    /// Those of whoever asks; nothing where they are everywhere.
    async fn of(ask: &Ask) -> Result<Option<Self>, WebFault> {
        let scope = ask.session()?.sight();
        let offices = ask.server.accounts.offices().await?;
        let own = offices
            .values()
            .filter(|office| scope.sees_bureau(&office.bureau));
        let mut regions: Vec<Region> = own.map(|office| office.region).collect();
        let is_alone = match ask.server.bureaus.as_slice() {
            [only] => scope.sees_bureau(&only.id()),
            _ => false,
        };
        let sees_all = match offices.is_empty() {
            true => is_alone,
            false => regions.iter().any(Region::is_nation),
        };
        if sees_all {
            return Ok(None);
        }
        regions.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        regions.dedup();
        Ok(Some(Self {
            regions,
            codes: library::codes()?,
        }))
    }

    /// Whether a place lies on them.
    fn cover_place(&self, code: &str) -> bool {
        let Ok(own) = code.parse::<Region>() else {
            return false;
        };
        let covers = |region: &Region| *region == own || self.codes.region_covers(*region, own);
        self.regions.iter().any(covers)
    }

    /// Whether an enterprise lies on them.
    fn cover(&self, place: &Place<'_>, row: usize) -> bool {
        place.with(row, |code| self.cover_place(code)) == Some(true)
    }
}

/// Where the enterprises of a snapshot are.
struct Place<'a> {
    snapshot: &'a Snapshot,
    fact: Option<(FactId, Period)>,
}

impl<'a> Place<'a> {
    /// By the fact of the region, of the period that it has.
    fn of(snapshot: &'a Snapshot, year: i32) -> Self {
        let vocabulary = snapshot.vocabulary();
        let fact = vocabulary.region_fact();
        let period = fact.and_then(|fact| match vocabulary.fact(fact).period {
            PeriodKind::None => Some(Period::Status),
            PeriodKind::Year => Some(Period::Year(year)),
            PeriodKind::Quarter | PeriodKind::Month => None,
        });
        Self {
            snapshot,
            fact: fact.zip(period),
        }
    }

    /// Looks at the code of one enterprise, where it is known.
    fn with<T>(&self, row: usize, look: impl FnOnce(&str) -> T) -> Option<T> {
        let (fact, period) = self.fact?;
        match self.snapshot.row(row).read(fact, period) {
            Reading::Known(FactValue::Text(code)) => Some(look(&code)),
            Reading::Known(_) | Reading::Records(_) | Reading::Missing => None,
        }
    }
}

/// What somebody sees.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// Every enterprise.
    All,
    /// Those on these grounds, and these.
    Some {
        /// The regions of the offices within sight.
        grounds: Grounds,
        /// Enterprises that are owed something.
        owed: BTreeSet<String>,
    },
}

impl Seen {
    /// Whether whoever asks sees every enterprise: all that a list of sums needs to know.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn is_whole(ask: &Ask) -> Result<bool, WebFault> {
        Ok(Grounds::of(ask).await?.is_none())
    }

    /// What whoever asks sees.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn of(ask: &Ask) -> Result<Self, WebFault> {
        let Some(grounds) = Grounds::of(ask).await? else {
            return Ok(Self::All);
        };
        let owed = match ask.session()?.sight() {
            Scope::Enterprise(own) => BTreeSet::from([own.as_str().to_owned()]),
            scope @ Scope::Bureaus(_) => payouts::enterprises(&ask.server.store, &scope).await?,
        };
        Ok(Self::Some { grounds, owed })
    }

    /// Which rows of a snapshot those are.
    pub(crate) fn rows(&self, snapshot: &Snapshot, year: i32) -> SeenRows {
        let Self::Some { grounds, owed } = self else {
            return SeenRows(None);
        };
        let place = Place::of(snapshot, year);
        // Very many enterprises lie in few places.
        let mut known: BTreeMap<String, bool> = BTreeMap::new();
        let mut lies_inside = |code: &str| match known.get(code) {
            Some(is_inside) => *is_inside,
            None => {
                let is_inside = grounds.cover_place(code);
                known.insert(code.to_owned(), is_inside);
                is_inside
            }
        };
        let mut is_seen = |row: usize| {
            place.with(row, &mut lies_inside) == Some(true) || owed.contains(snapshot.uscc(row))
        };
        SeenRows(Some((0..snapshot.len()).map(&mut is_seen).collect()))
    }

    /// How many enterprises of the facts of the server those are: counted once while the same ones
    /// are seen, in turn with whatever else goes over all enterprises.
    ///
    /// # Errors
    /// Work that broke off.
    pub(crate) async fn count(
        &self,
        server: &Arc<Server>,
        material: &Arc<Material>,
    ) -> Result<usize, WebFault> {
        if matches!(self, Self::All) {
            return Ok(material.snapshot.len());
        }
        let (snapshot, year) = (material.snapshot.digest(), material.context.year);
        let name = format!("{snapshot} {year} {}", self.digest());
        if let Some(known) = server.counts.get(&name) {
            return Ok(*known);
        }
        let (seen, own) = (self.clone(), Arc::clone(server));
        let material = Arc::clone(material);
        let counting = server.in_turn(move || {
            // Whoever stood in line before may have asked for the same.
            let known = own.counts.get(&name).map(|known| *known);
            known.unwrap_or_else(|| {
                let snapshot = &material.snapshot;
                let rows = seen.rows(snapshot, material.context.year);
                let count = rows.count(snapshot.len());
                own.counts.keep(name, Arc::new(count));
                count
            })
        });
        counting.await
    }

    /// Whether an enterprise is among those that are seen in the facts of the server.
    pub(crate) fn finds(&self, material: Option<&Material>, uscc: &str) -> bool {
        let Self::Some { grounds, owed } = self else {
            return true;
        };
        owed.contains(uscc)
            || material.is_some_and(|all| {
                let place = Place::of(&all.snapshot, all.context.year);
                let row = all.snapshot.find(uscc);
                row.is_some_and(|row| grounds.cover(&place, row))
            })
    }

    /// Whether an enterprise is seen on either side of a comparison: each side then counts the
    /// same enterprises, also where one has moved in between.
    pub(crate) fn either<'a>(
        &self,
        sides: [(&'a Snapshot, i32); 2],
    ) -> impl Fn(&str) -> bool + use<'a> {
        let is_all = matches!(self, Self::All);
        let sides = sides.map(|(snapshot, year)| (snapshot, self.rows(snapshot, year)));
        move |uscc: &str| {
            let mut sides = sides.iter();
            is_all
                || sides.any(|(snapshot, rows)| {
                    let row = snapshot.find(uscc);
                    row.is_some_and(|row| rows.has(row))
                })
        }
    }

    /// A name for what is seen: the same for the same regions and the same enterprises.
    pub(crate) fn digest(&self) -> String {
        let Self::Some { grounds, owed } = self else {
            return "all".to_owned();
        };
        let mut hash = Sha256::new();
        let regions = grounds.regions.iter().map(Region::as_str);
        for part in regions.chain([";"]).chain(owed.iter().map(String::as_str)) {
            hash.update(part);
            hash.update("\n");
        }
        hex(&hash.finalize())
    }
}

/// Which rows of a snapshot are seen.
#[derive(Clone, Debug)]
pub(crate) struct SeenRows(Option<Vec<bool>>);

impl SeenRows {
    /// Whether a row is among them.
    pub(crate) fn has(&self, row: impl TryInto<usize>) -> bool {
        let Some(rows) = &self.0 else {
            return true;
        };
        let seen = row.try_into().ok().and_then(|row| rows.get(row));
        seen.copied().unwrap_or(false)
    }

    /// How many of so many rows those are.
    pub(crate) fn count(&self, all: usize) -> usize {
        let rows = self.0.as_ref();
        rows.map_or(all, |rows| rows.iter().filter(|is_seen| **is_seen).count())
    }

    /// Leaves the awards of those that are seen. Everything was decided and settled before, since
    /// enterprises share funds and limits.
    pub(crate) fn leave_seen(&self, priced: &mut Priced<'_>) {
        priced.settled.awards.retain(|award| self.has(award.row));
    }
}

/// Whether whoever asks may look at an enterprise.
///
/// # Errors
/// What the database says.
pub(crate) async fn sees_enterprise(ask: &Ask, uscc: Uscc) -> Result<bool, WebFault> {
    let scope = ask.session()?.sight();
    if let Scope::Enterprise(own) = scope {
        return Ok(own == uscc);
    }
    if owes(&ask.server.store, &scope, uscc).await? {
        return Ok(true);
    }
    let Some(material) = ask.server.material() else {
        return Ok(false);
    };
    let Some(row) = material.snapshot.find(uscc.as_str()) else {
        return Ok(false);
    };
    let place = Place::of(&material.snapshot, material.context.year);
    let grounds = Grounds::of(ask).await?;
    Ok(grounds.is_none_or(|grounds| grounds.cover(&place, row)))
}

/// Whether a bureau within sight owes an enterprise something.
async fn owes(store: &Store, scope: &Scope, uscc: Uscc) -> Result<bool, StoreError> {
    let query = PayoutQuery {
        enterprise: Some(uscc),
        ..PayoutQuery::default()
    };
    let found = payouts::names(store, scope, &query, 1).await?;
    Ok(!found.is_empty())
}

/// Looks at few rows of very many, one by one, where it may wait for the database.
pub(crate) struct Eyes {
    grounds: Option<Grounds>,
    scope: Scope,
    store: Arc<Store>,
    handle: Handle,
}

impl Eyes {
    /// Those of whoever asks.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn of(ask: &Ask) -> Result<Self, WebFault> {
        Ok(Self {
            grounds: Grounds::of(ask).await?,
            scope: ask.session()?.sight(),
            store: Arc::clone(&ask.server.store),
            handle: ask.server.handle.clone(),
        })
    }

    /// Whether a row of a snapshot is seen; what cannot be looked up is not. To be asked on a
    /// thread that may wait.
    pub(crate) fn see(&self, snapshot: &Snapshot, year: i32, row: u32) -> bool {
        let (Some(grounds), Ok(row)) = (&self.grounds, usize::try_from(row)) else {
            return self.grounds.is_none();
        };
        if grounds.cover(&Place::of(snapshot, year), row) {
            return true;
        }
        let Ok((uscc, _)) = Uscc::parse(snapshot.uscc(row)) else {
            return false;
        };
        match &self.scope {
            Scope::Enterprise(own) => *own == uscc,
            Scope::Bureaus(_) => {
                let asking = owes(&self.store, &self.scope, uscc);
                self.handle.block_on(asking).unwrap_or(false)
            }
        }
    }
}

/// Whether a row may be named, asked of whoever sees.
#[derive(Clone, Copy)]
pub(crate) struct Knows<'a>(pub(crate) &'a dyn Fn(u32) -> bool);

impl fmt::Debug for Knows<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Knows")
    }
}

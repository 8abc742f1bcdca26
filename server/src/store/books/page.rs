//! Lists a page at a time, of what lies within somebody's sight and nothing else.
//!
//! # Shape
//! One thing is looked up by the query of its list, so that what is out of sight and what is not
//! there cannot be told apart.

use std::collections::BTreeSet;

use zhida_engine::payouts::{BureauId, PayoutState, Thing};
use zhida_policies::values::Uscc;

use super::keyed::Keyed;
use super::tables;
use crate::store::database::Value;
use crate::store::error::StoreError;
use crate::store::folder::Store;

/// Which things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Users.
    Users,
    /// Lent roles.
    Delegations,
    /// What bureaus have decided.
    Settings,
    /// Budget lines.
    Lines,
    /// Paying accounts.
    Payers,
    /// Accounts of enterprises.
    Payees,
    /// Barred enterprises.
    Bars,
    /// Payouts.
    Payouts,
    /// Notices.
    Notices,
    /// Batches.
    Batches,
    /// What needs several people.
    Motions,
    /// Movements that nobody ordered.
    BankLines,
}

/// What lies within sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Within {
    /// Everything.
    All,
    /// What these bureaus do.
    Bureaus(BTreeSet<BureauId>),
    /// What one enterprise is paid, and its account.
    Enterprise(Uscc),
}

/// Which rows of a kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// Only this one.
    pub(crate) id: Option<String>,
    /// Those behind this name.
    pub(crate) after: String,
    /// How many at most.
    pub(crate) limit: Option<u32>,
    /// Payouts in these states; all where there is none.
    pub(crate) states: Vec<PayoutState>,
    /// Payouts of this measure.
    pub(crate) measure: Option<String>,
    /// Payouts of this enterprise.
    pub(crate) enterprise: Option<Uscc>,
}

impl Rows {
    /// The same payouts, by the index of names.
    fn keyed(&self) -> Keyed {
        Keyed {
            states: self.states.clone(),
            measure: self.measure.clone(),
            enterprise: self.enterprise,
            after: self.after.clone(),
            limit: self.limit,
            ..Keyed::default()
        }
    }
}

/// A query of a page: `$1` is who looks, `$2` which bureaus or `$3` which enterprise, `$4` the one
/// name, `$5` the name before, `$6` how many. Every query names them all.
macro_rules! page {
    ($table:literal, $bureaus:literal, $enterprise:literal, $more:literal) => {
        concat!(
            "SELECT body FROM ",
            $table,
            " WHERE ($1 = 'all' OR ($1 = 'bureaus' AND ",
            $bureaus,
            ") OR ($1 = 'enterprise' AND ",
            $enterprise,
            ")) AND ($4 = '' OR id = $4) AND id > $5",
            $more,
            " ORDER BY id LIMIT $6"
        )
    };
    ($table:literal, $bureaus:literal, $enterprise:literal) => {
        page!($table, $bureaus, $enterprise, "")
    };
    // What belongs to a bureau and to no enterprise.
    ($table:literal) => {
        page!(
            $table,
            "bureau IN (SELECT value FROM json_each($2))",
            "$3 = ''"
        )
    };
}

/// The things of a table that name a file: `$1` is who looks, `$2` which bureaus, `$3` the digest,
/// `$4` how many.
macro_rules! naming {
    ($table:literal) => {
        concat!(
            "SELECT t.body AS body FROM papers n JOIN ",
            $table,
            " t ON t.id = n.thing WHERE n.digest = $3 AND n.holder = '",
            $table,
            " ' || n.thing AND ($1 = 'all' OR t.bureau IN (SELECT value FROM json_each($2)))",
            " ORDER BY t.id LIMIT $4"
        )
    };
}

/// The payouts that name a file, and the others that may.
pub(crate) const NAMING: [(Kind, &str); 4] = [
    (Kind::Payouts, naming!("payouts")),
    (Kind::Batches, naming!("batches")),
    (Kind::Motions, naming!("motions")),
    (Kind::Notices, naming!("notices")),
];

impl Kind {
    fn query(self) -> &'static str {
        match self {
            Self::Users => page!("users"),
            Self::Lines => page!("budget_lines"),
            Self::Payers => page!("payers"),
            Self::Batches => page!("batches"),
            Self::Delegations => page!(
                "delegations",
                "of_user IN (SELECT u.id FROM users u \
                 WHERE u.bureau IN (SELECT value FROM json_each($2)))",
                "$3 = ''"
            ),
            Self::Settings => page!(
                "bureaus",
                "id IN (SELECT value FROM json_each($2))",
                "$3 = ''"
            ),
            Self::BankLines => page!(
                "bank_lines",
                "payer IN (SELECT p.id FROM payers p \
                 WHERE p.bureau IN (SELECT value FROM json_each($2)))",
                "$3 = ''"
            ),
            Self::Payees => page!(
                "payees",
                "EXISTS (SELECT 1 FROM payouts p WHERE p.uscc = payees.id \
                 AND p.bureau IN (SELECT value FROM json_each($2)))",
                "id = $3"
            ),
            Self::Bars => page!(
                "bars",
                "EXISTS (SELECT 1 FROM payouts p WHERE p.uscc = bars.id \
                 AND p.bureau IN (SELECT value FROM json_each($2)))",
                "id = $3"
            ),
            // What was shown in public is public.
            Self::Notices => page!("notices", "$2 <> ''", "$3 <> ''"),
            Self::Motions => page!(
                "motions",
                "bureau IN (SELECT value FROM json_each($2))",
                "body LIKE '%\"ChangePayee\":{\"uscc\":\"' || CAST($3 AS TEXT) || '\"%'"
            ),
            Self::Payouts => page!(
                "payouts",
                "bureau IN (SELECT value FROM json_each($2))",
                "uscc = $3",
                " AND ($7 = '[]' OR state IN (SELECT value FROM json_each($7))) \
                 AND ($8 = '' OR measure = $8) AND ($9 = '' OR uscc = $9)"
            ),
        }
    }
}

impl Store {
    /// The rows of a kind that lie within sight, by name.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn page(
        &self,
        kind: Kind,
        within: &Within,
        rows: &Rows,
    ) -> Result<Vec<Thing>, StoreError> {
        if kind == Kind::Payouts && rows.id.is_none() && *within != Within::All {
            let payouts = self.payouts_within(within, &rows.keyed()).await?;
            let things = payouts.into_iter().map(|one| Thing::Payout(Box::new(one)));
            return Ok(things.collect());
        }
        let nobody = String::new();
        let (who, bureaus, enterprise) = match within {
            Within::All => ("all", "[]".to_owned(), nobody),
            Within::Bureaus(bureaus) => {
                let names: Vec<&str> = bureaus.iter().map(BureauId::as_str).collect();
                ("bureaus", tables::list(&names), nobody)
            }
            Within::Enterprise(uscc) => ("enterprise", "[]".to_owned(), uscc.to_string()),
        };
        let mut values: Vec<Value> = vec![
            who.into(),
            bureaus.into(),
            enterprise.into(),
            rows.id.clone().unwrap_or_default().into(),
            rows.after.as_str().into(),
            Value::Int(rows.limit.map_or(i64::MAX, i64::from)),
        ];
        if kind == Kind::Payouts {
            let states: Vec<&str> = rows.states.iter().map(|state| state.name()).collect();
            let enterprise = rows.enterprise.map(|uscc| uscc.to_string());
            values.push(tables::list(&states).into());
            values.push(rows.measure.clone().unwrap_or_default().into());
            values.push(enterprise.unwrap_or_default().into());
        }
        let found = self.database.fetch(kind.query(), &values).await?;
        found
            .iter()
            .map(|row| tables::thing(row.text("body")?))
            .collect()
    }

    /// So many things of a kind within sight that name a file. No enterprise sees anything by the
    /// digest of a file.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn naming(
        &self,
        kind: Kind,
        within: &Within,
        (digest, limit): (&str, u32),
    ) -> Result<Vec<Thing>, StoreError> {
        let (who, bureaus) = match within {
            Within::All => ("all", "[]".to_owned()),
            Within::Bureaus(bureaus) => {
                let names: Vec<&str> = bureaus.iter().map(BureauId::as_str).collect();
                ("bureaus", tables::list(&names))
            }
            Within::Enterprise(_) => return Ok(Vec::new()),
        };
        let Some((_, query)) = NAMING.iter().find(|(of, _)| *of == kind) else {
            return Ok(Vec::new());
        };
        let limit = Value::Int(limit.into());
        let values: [Value; 4] = [who.into(), bureaus.into(), digest.into(), limit];
        let found = self.database.fetch(query, &values).await?;
        let things = found.iter().map(|row| tables::thing(row.text("body")?));
        things.collect()
    }
}

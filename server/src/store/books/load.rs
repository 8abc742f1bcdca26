//! The part of the books that some orders need to see.

use std::collections::BTreeSet;

use zhida_engine::payouts::{Books, Subject, Thing};

use crate::store::books::tables::{list, thing};
use crate::store::database::Transaction;
use crate::store::error::StoreError;

/// Names that are still to be looked up, by kind.
#[derive(Debug, Default)]
struct Wanted {
    users: BTreeSet<String>,
    people: BTreeSet<String>,
    bureaus: BTreeSet<String>,
    lines: BTreeSet<String>,
    payers: BTreeSet<String>,
    enterprises: BTreeSet<String>,
    payouts: BTreeSet<String>,
    exclusive: BTreeSet<String>,
    instructions: BTreeSet<String>,
    all_of: BTreeSet<String>,
    batches: BTreeSet<String>,
    notices: BTreeSet<String>,
    motions: BTreeSet<String>,
    bank_lines: BTreeSet<String>,
    /// Instructions whose movements came before they were known.
    strays: BTreeSet<String>,
    /// [`ALL`], where the published policies are wanted.
    policies: BTreeSet<String>,
}

/// What was looked up.
#[derive(Debug, Default)]
struct Found {
    books: Books,
    /// What was asked for before, so that nothing is asked twice.
    asked: Asked,
}

#[derive(Debug, Default)]
struct Asked(BTreeSet<(&'static str, String)>);

impl Asked {
    /// The names that were not asked for yet, as a list for a statement.
    fn fresh(&mut self, kind: &'static str, names: &mut BTreeSet<String>) -> Option<String> {
        let names = std::mem::take(names).into_iter();
        let fresh: Vec<String> = names
            .filter(|name| self.0.insert((kind, name.clone())))
            .collect();
        (!fresh.is_empty()).then(|| list(&fresh))
    }
}

/// Reads what the subjects name, and what belongs to it.
pub(super) async fn load(
    transaction: &mut Transaction,
    subjects: &[Subject],
) -> Result<Books, StoreError> {
    let mut wanted = Wanted::default();
    for subject in subjects {
        wanted.add(subject);
    }
    let mut found = Found::default();
    // What is found names more; three rounds reach everything that an order looks at.
    while found.round(transaction, &mut wanted).await? {}
    Ok(found.books)
}

impl Wanted {
    fn add(&mut self, subject: &Subject) {
        match subject {
            Subject::User(id) => drop(self.users.insert(id.to_string())),
            Subject::Person(id) => drop(self.people.insert(id.to_string())),
            Subject::Payout(id) => drop(self.payouts.insert(id.to_string())),
            Subject::Exclusive(group) => drop(self.exclusive.insert(group.clone())),
            Subject::Instruction(name) => {
                self.instructions.insert(name.to_string());
                self.strays.insert(name.to_string());
            }
            Subject::Enterprise(uscc) => drop(self.all_of.insert(uscc.to_string())),
            Subject::Payee(uscc) => drop(self.enterprises.insert(uscc.to_string())),
            Subject::Batch(id) => drop(self.batches.insert(id.to_string())),
            Subject::Notice(id) => drop(self.notices.insert(id.to_string())),
            Subject::Motion(id) => drop(self.motions.insert(id.to_string())),
            Subject::Line(id) => drop(self.lines.insert(id.to_string())),
            Subject::Payer(id) => drop(self.payers.insert(id.to_string())),
            Subject::BankLine(id) => drop(self.bank_lines.insert(id.to_string())),
            Subject::Settings(id) => drop(self.bureaus.insert(id.to_string())),
            Subject::Policies => drop(self.policies.insert(ALL.to_owned())),
        }
    }

    /// What belongs to a thing.
    fn follow(&mut self, thing: &Thing, asked: &Asked) {
        match thing {
            Thing::User(_) | Thing::Delegation(_) | Thing::Settings(_) => {}
            Thing::Line(line) => drop(self.bureaus.insert(line.bureau.to_string())),
            Thing::Payer(payer) => drop(self.lines.insert(payer.suspense.to_string())),
            Thing::Payee(_) | Thing::Bar(_) | Thing::Notice(_) => {}
            Thing::Payout(payout) => {
                self.lines.insert(payout.line.to_string());
                self.enterprises.insert(payout.key.uscc.to_string());
                self.bureaus.insert(payout.key.bureau.to_string());
                // A change of account takes what is batched out of its batch.
                let uscc = payout.key.uscc.to_string();
                if asked.0.contains(&("all of", uscc))
                    && let Some(alive) = payout.alive()
                {
                    self.batches.insert(alive.batch.to_string());
                }
            }
            Thing::Batch(batch) => {
                self.payers.insert(batch.payer.to_string());
                for (payout, number) in &batch.items {
                    self.payouts.insert(payout.to_string());
                    let names = payout.instructions(*number);
                    self.strays.extend(names.map(|name| name.to_string()));
                }
            }
            Thing::Motion(motion) => {
                for subject in motion.action.subjects() {
                    self.add(&subject);
                }
            }
            Thing::BankLine(line) => drop(self.payers.insert(line.payer.to_string())),
            Thing::Policy(_) => {}
        }
    }
}

macro_rules! by {
    ($table:literal, $column:literal) => {
        concat!(
            "SELECT body FROM ",
            $table,
            " WHERE ",
            $column,
            " IN (SELECT value FROM json_each($1))"
        )
    };
}

/// Users, and all users of the same persons.
const USERS: &str = "SELECT body FROM users WHERE person IN \
     (SELECT person FROM users WHERE id IN (SELECT value FROM json_each($1)))";
/// Published policies are read all together: there are few.
const POLICIES: &str = "SELECT body FROM policies WHERE $1 <> '' ORDER BY id";
/// What stands for all of them.
const ALL: &str = "all";
/// The payouts of instructions.
const INSTRUCTIONS: &str = "SELECT body FROM payouts WHERE id IN \
     (SELECT payout FROM attempts WHERE end_to_end_id IN (SELECT value FROM json_each($1)))";

impl Found {
    /// Looks up what is wanted; whether more came to be wanted.
    async fn round(
        &mut self,
        transaction: &mut Transaction,
        wanted: &mut Wanted,
    ) -> Result<bool, StoreError> {
        let mut queries: Vec<(&'static str, String)> = Vec::new();
        let asked = &mut self.asked;
        let mut ask = |sql, kind, names: &mut BTreeSet<String>| {
            queries.extend(asked.fresh(kind, names).map(|names| (sql, names)));
        };
        let mut users = std::mem::take(&mut wanted.users);
        ask(by!("delegations", "to_user"), "lent to", &mut users.clone());
        ask(by!("delegations", "of_user"), "lent by", &mut users.clone());
        ask(USERS, "user", &mut users);
        ask(by!("users", "person"), "person", &mut wanted.people);
        ask(by!("motions", "id"), "motion", &mut wanted.motions);
        ask(by!("batches", "id"), "batch", &mut wanted.batches);
        ask(by!("payouts", "uscc"), "all of", &mut wanted.all_of);
        ask(
            by!("payouts", "exclusive"),
            "exclusive",
            &mut wanted.exclusive,
        );
        ask(INSTRUCTIONS, "instruction", &mut wanted.instructions);
        ask(by!("payouts", "id"), "payout", &mut wanted.payouts);
        ask(by!("bank_lines", "id"), "bank line", &mut wanted.bank_lines);
        ask(
            by!("bank_lines", "instruction"),
            "stray",
            &mut wanted.strays,
        );
        ask(by!("payers", "id"), "payer", &mut wanted.payers);
        ask(by!("notices", "id"), "notice", &mut wanted.notices);
        ask(by!("budget_lines", "id"), "line", &mut wanted.lines);
        ask(by!("bureaus", "id"), "bureau", &mut wanted.bureaus);
        ask(POLICIES, "policies", &mut wanted.policies);
        ask(by!("bars", "id"), "bar", &mut wanted.enterprises.clone());
        ask(by!("payees", "id"), "payee", &mut wanted.enterprises);
        let is_more = !queries.is_empty();
        for (sql, names) in queries {
            for row in transaction.fetch(sql, &[names.into()]).await? {
                let thing = thing(row.text("body")?)?;
                wanted.follow(&thing, &self.asked);
                self.books.put(thing);
            }
        }
        Ok(is_more)
    }
}

//! P10: what was sealed stays as it was.

use std::collections::BTreeMap;

use zhida_engine::payouts::{Batch, BatchId, BatchState, Command, Digest, Thing};

use super::super::storage::Done;
use super::{Breach, Promise, ensure};

/// The batches as they were sealed.
#[derive(Default)]
pub(crate) struct Seals {
    sealed: BTreeMap<BatchId, Batch>,
}

impl Seals {
    pub(crate) fn carried(&mut self, done: &Done) -> Result<(), Breach> {
        for thing in &done.effects.things {
            let Thing::Batch(batch) = thing else {
                continue;
            };
            if matches!(&done.order.command, Command::Seal { batch: id, .. } if *id == batch.id) {
                let is_first = self.sealed.insert(batch.id.clone(), batch.clone());
                ensure(is_first.is_none(), Promise::P10, || {
                    format!("batch {} is sealed twice", batch.id)
                })?;
            } else {
                self.unchanged(batch)?;
            }
        }
        Ok(())
    }

    fn unchanged(&self, batch: &Batch) -> Result<(), Breach> {
        let Some(sealed) = self.sealed.get(&batch.id) else {
            let is_open = matches!(batch.state, BatchState::Open | BatchState::Voided);
            return ensure(is_open, Promise::P10, || {
                format!("batch {} was never sealed", batch.id)
            });
        };
        let is_same = batch.items == sealed.items
            && batch.files == sealed.files
            && batch.message_id == sealed.message_id
            && batch.sealed_at == sealed.sealed_at
            && batch.execution == sealed.execution
            && batch.payer == sealed.payer
            && batch.total == sealed.total
            && batch.state != BatchState::Open;
        ensure(is_same, Promise::P10, || {
            format!("batch {} is not what was sealed", batch.id)
        })
    }

    /// The bytes that are to leave are those that were sealed.
    pub(crate) fn leaves(&self, id: &BatchId, bytes: &[u8]) -> Result<(), Breach> {
        let digest = Digest::of(bytes);
        let sealed = self.sealed.get(id);
        let is_sealed =
            sealed.is_some_and(|batch| batch.files.iter().any(|file| file.digest == digest));
        ensure(is_sealed, Promise::P10, || {
            format!("the file of batch {id} is not the one that was sealed")
        })
    }
}

//! What every store promises, whatever it is made of: run over each of them in tests.
//!
//! Each of the [`PROMISES`] is given an empty store and panics where it is broken.

use crate::{Documents, Error, Store};
use bytes::Bytes;
use futures::future::BoxFuture;
use outside::{SeededRandom, VirtualClock};
use std::sync::Arc;

mod built;
mod documents;
mod many;
mod races;

/// How many want the same at once.
const RACERS: usize = 16;

/// What a promise is tried on.
#[derive(Clone)]
pub struct Stand {
    /// An empty store.
    pub documents: Arc<dyn Documents>,
    /// The time, virtual or not.
    pub clock: VirtualClock,
    /// How many documents the longest list is made of: thousands, so that it has several pages.
    pub many: usize,
}

impl Stand {
    /// Typed values in these documents; the seed makes the write ids differ from those of others.
    fn store(&self, seed: u64) -> Store {
        self.store_over(self.documents.clone(), seed)
    }

    fn store_over(&self, documents: Arc<dyn Documents>, seed: u64) -> Store {
        Store::new(documents, Arc::new(self.clock.clone()), Arc::new(SeededRandom::new(seed)))
    }
}

/// Tries one promise.
pub type Promise = fn(Stand) -> BoxFuture<'static, ()>;

macro_rules! promises {
    ($($file:ident::$promise:ident,)*) => {
        /// Every promise, by its name.
        pub const PROMISES: &[(&str, Promise)] =
            &[$((stringify!($promise), |stand| Box::pin($file::$promise(stand))),)*];

        #[cfg(test)]
        mod memory {
            $(#[tokio::test]
            async fn $promise() {
                super::$file::$promise(super::tests::stand(crate::Memory::new())).await;
            })*
        }

        #[cfg(test)]
        mod disk {
            $(#[tokio::test]
            async fn $promise() {
                let folder = crate::disk::tests::Folder::new();
                let disk = crate::Disk::new(folder.path()).unwrap();
                super::$file::$promise(super::tests::stand(disk)).await;
            })*
        }

        /// The languages of both services over a simulated wire, with short pages and in virtual time.
        #[cfg(test)]
        mod azure {
            $(#[tokio::test(start_paused = true)]
            async fn $promise() {
                super::$file::$promise(super::tests::on_azure()).await;
            })*
        }

        #[cfg(test)]
        mod s3 {
            $(#[tokio::test(start_paused = true)]
            async fn $promise() {
                super::$file::$promise(super::tests::on_s3()).await;
            })*
        }
    };
}

promises! {
    documents::a_document_is_read_as_it_was_written,
    documents::only_an_absent_document_is_created,
    documents::only_an_unchanged_document_is_replaced,
    documents::a_deleted_document_is_gone,
    documents::a_list_names_what_is_below_a_folder,
    documents::a_path_that_is_a_document_and_a_folder_is_refused_or_both,
    documents::documents_have_a_largest_size,
    documents::paths_have_rules,
    races::one_of_many_creators_wins,
    races::one_of_many_replacers_wins,
    races::an_emptied_folder_can_be_written_to_at_once,
    many::a_list_of_thousands_is_whole_and_sorted,
    built::a_lost_answer_is_settled_by_reading,
    built::a_document_that_went_back_is_another_one,
    built::updates_at_the_same_time_are_all_made,
    built::a_lease_that_ran_out_is_taken_over_and_its_holder_notices,
    built::one_of_many_takes_a_free_lease,
    built::one_of_many_appends_the_next_block,
    built::a_journal_that_many_append_to_loses_nothing,
}

/// The value, where the store must not fail.
#[track_caller]
fn sure<T>(answer: Result<T, Error>) -> T {
    match answer {
        Ok(value) => value,
        Err(error) => panic!("the store fails: {error}"),
    }
}

async fn content(store: &dyn Documents, path: &str) -> Bytes {
    sure(store.get(path).await).expect("the document is there").bytes
}

#[cfg(test)]
mod tests {
    use super::Stand;
    use crate::Documents;
    use crate::objects::tests::fake::{Dialect, Fake};
    use outside::VirtualClock;
    use std::sync::Arc;

    const MANY: usize = 3_000;

    pub(super) fn stand(documents: impl Documents + 'static) -> Stand {
        let clock = VirtualClock::new("2026-03-01T12:00:00Z".parse().unwrap());
        Stand { documents: Arc::new(documents), clock, many: MANY }
    }

    pub(super) fn on_azure() -> Stand {
        stand(Fake::new(Dialect::Azure).bucket())
    }

    pub(super) fn on_s3() -> Stand {
        stand(Fake::new(Dialect::S3).bucket())
    }
}

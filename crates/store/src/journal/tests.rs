//! Chains that grow, chains that two write to, and chains that somebody tampered with.

use super::*;
use crate::faulty::{Fault, Faulty};
use crate::{Documents, Memory};
use outside::{SeededRandom, VirtualClock};
use proptest::prelude::*;
use std::sync::Arc;

const CHAIN: &str = "contoso";

fn at() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn store(documents: impl Documents + 'static) -> Store {
    let clock = VirtualClock::new(at());
    Store::new(Arc::new(documents), Arc::new(clock), Arc::new(SeededRandom::new(1)))
}

fn journal(store: &Store) -> Journal<String> {
    Journal::from_start(store, CHAIN).unwrap()
}

/// A chain with one block for each element: so many entries under that epoch.
async fn written(store: &Store, blocks: &[(u64, usize)]) -> Head {
    let mut head = Head::genesis(CHAIN);
    for (epoch, entries) in blocks {
        // Opened anew, it knows of no epoch: so a test can write what no writer should.
        let mut journal = Journal::<String>::open(store, CHAIN, head).unwrap();
        let entries = (0..*entries).map(|entry| format!("added guest {entry}")).collect();
        head = journal.append(*epoch, at(), entries).await.unwrap();
    }
    head
}

#[tokio::test]
async fn a_chain_is_read_back_from_any_head() {
    let store = store(Memory::new());
    written(&store, &[(1, 2), (1, 0), (3, 1)]).await;
    let mut reader = journal(&store);
    let all = reader.tail().await.unwrap();
    let summary: Vec<_> = all.iter().map(|block| (block.seq, block.epoch, block.entries.len())).collect();
    assert_eq!(summary, [(1, 1, 2), (2, 1, 0), (3, 3, 1)]);
    assert_eq!(reader.tail().await.unwrap(), []);

    let mut later = journal(&store);
    later.next().await.unwrap();
    let mut from_there = Journal::<String>::open(&store, CHAIN, later.head().clone()).unwrap();
    assert_eq!(from_there.tail().await.unwrap(), all[1..]);
    assert_eq!(from_there.head(), reader.head());
}

#[tokio::test]
async fn of_two_writers_one_learns_that_it_lost() {
    let store = store(Memory::new());
    let (mut old, mut new) = (journal(&store), journal(&store));
    new.append(2, at(), vec!["fence".into()]).await.unwrap();
    assert_eq!(old.append(1, at(), vec!["late".into()]).await, Err(Error::Conflict));
    assert_eq!(old.head(), &Head::genesis(CHAIN));
    assert_eq!(old.tail().await.unwrap()[0].entries, ["fence"]);
}

#[tokio::test]
async fn whoever_has_read_a_later_holders_block_appends_nothing() {
    let store = store(Memory::new());
    written(&store, &[(2, 1)]).await;
    for (epoch, appended) in [(1, false), (2, true), (3, true)] {
        let mut late = journal(&store);
        late.tail().await.unwrap();
        assert_eq!(late.append(epoch, at(), vec!["late".into()]).await.is_ok(), appended, "epoch {epoch}");
    }
    assert_eq!(verify(&store, CHAIN, None).await.unwrap().problems, []);
}

#[tokio::test]
async fn a_block_whose_answer_was_lost_is_there_once() {
    let faulty = Arc::new(Faulty::new(Memory::new()));
    let store = store(faulty.clone());
    let mut journal = journal(&store);
    faulty.fault(1, Fault::After);
    let head = journal.append(1, at(), vec!["added".into()]).await.unwrap();
    journal.append(1, at(), vec!["added".into()]).await.unwrap();
    let report = verify(&store, CHAIN, Some(head)).await.unwrap();
    assert_eq!((report.blocks, report.problems), (2, vec![]));
}

#[tokio::test]
async fn a_block_has_a_largest_size() {
    let store = store(Memory::new());
    let mut journal = journal(&store);
    let frame =
        serde_json::to_vec(&Block { v: 1, seq: 1, prev: "0".repeat(64), epoch: 1, at: at(), entries: vec![""] });
    let room = BLOCK_BYTES_MAX - frame.unwrap().len();
    let too_large = journal.append(1, at(), vec!["x".repeat(room + 1)]).await;
    assert!(matches!(too_large, Err(Error::Invalid(_))));
    journal.append(1, at(), vec!["x".repeat(room)]).await.unwrap();
}

#[tokio::test]
async fn a_newer_block_is_not_read() {
    let store = store(Memory::new());
    let bytes = r#"{"v":2,"seq":1,"everything":"else"}"#;
    store.documents().create(&block_path(CHAIN, 1), bytes.into()).await.unwrap();
    let newer = Error::Newer { path: "journal/contoso/000000000001".into(), v: 2 };
    assert_eq!(journal(&store).tail().await, Err(newer));
}

#[tokio::test]
async fn the_name_of_a_chain_is_one_part_of_a_path() {
    let store = store(Memory::new());
    for bad in ["", "a/b", "..", "Contoso"] {
        assert!(Journal::<String>::from_start(&store, bad).is_err(), "{bad:?}");
        assert!(verify(&store, bad, None).await.is_err(), "{bad:?}");
    }
}

/// What somebody did to a chain of four blocks.
#[derive(Debug, Clone, Copy)]
enum Tampering {
    Nothing,
    Change(u64),
    Remove(u64),
    Swap(u64, u64),
    Copy { from: u64, to: u64 },
    Stranger(&'static str),
    FromOtherChain(u64),
}

async fn tamper(store: &Store, tampering: Tampering) {
    let documents = store.documents();
    let read = async |chain: &str, seq| documents.get(&block_path(chain, seq)).await.unwrap().unwrap().bytes;
    let put = async |seq, bytes| {
        documents.delete(&block_path(CHAIN, seq)).await.unwrap();
        documents.create(&block_path(CHAIN, seq), bytes).await.unwrap();
    };
    match tampering {
        Tampering::Nothing => {}
        Tampering::Change(seq) => {
            let text = String::from_utf8(read(CHAIN, seq).await.to_vec()).unwrap();
            put(seq, text.replace("guest", "enemy").into()).await;
        }
        Tampering::Remove(seq) => documents.delete(&block_path(CHAIN, seq)).await.unwrap(),
        Tampering::Swap(one, other) => {
            let (first, second) = (read(CHAIN, one).await, read(CHAIN, other).await);
            put(one, second).await;
            put(other, first).await;
        }
        Tampering::Copy { from, to } => put(to, read(CHAIN, from).await).await,
        Tampering::Stranger(name) => {
            documents.create(&format!("journal/{CHAIN}/{name}"), "strange".into()).await.map(|_| ()).unwrap();
        }
        Tampering::FromOtherChain(seq) => {
            let mut other = Journal::<String>::from_start(store, "fabrikam").unwrap();
            for _ in 0..seq {
                other.append(1, at(), vec!["added guest 0".into()]).await.unwrap();
            }
            put(seq, read("fabrikam", seq).await).await;
        }
    }
}

#[tokio::test]
async fn tampering_shows() {
    use Tampering::*;
    let cases: [(Tampering, &[&str]); 14] = [
        (Nothing, &[]),
        (Change(1), &["2: block 2 does not follow block 1: one of the two was changed"]),
        (Change(3), &["4: block 4 does not follow block 3: one of the two was changed"]),
        (Change(4), &["4: block 4 is not the one that was recorded as the head"]),
        (Remove(1), &["1: block 1 is missing"]),
        (Remove(2), &["2: block 2 is missing"]),
        (Remove(4), &["4: the end is cut off: block 4 is missing"]),
        (
            Swap(2, 3),
            &[
                "2: block 2 says that it is block 3",
                "2: block 2 does not follow block 1: one of the two was changed",
                "3: block 3 says that it is block 2",
                "3: block 3 does not follow block 2: one of the two was changed",
                "3: epoch 1 comes after epoch 2: its writer had lost the lease",
                "4: block 4 does not follow block 3: one of the two was changed",
            ],
        ),
        (
            Copy { from: 3, to: 4 },
            &[
                "4: block 4 is not the one that was recorded as the head",
                "4: block 4 says that it is block 3",
                "4: block 4 does not follow block 3: one of the two was changed",
            ],
        ),
        (Copy { from: 4, to: 6 }, &["5: block 5 is missing", "6: block 6 says that it is block 4"]),
        (Stranger("notes"), &["5: journal/contoso/notes is not a block"]),
        (Stranger("1"), &["5: journal/contoso/1 is not a block"]),
        (Stranger("000000000000"), &["1: journal/contoso/000000000000 is not a block"]),
        (
            FromOtherChain(1),
            &[
                "1: block 1 was written for another journal",
                "2: block 2 does not follow block 1: one of the two was changed",
            ],
        ),
    ];
    for (tampering, expected) in cases {
        let store = store(Memory::new());
        let head = written(&store, &[(1, 1), (1, 1), (2, 1), (2, 1)]).await;
        tamper(&store, tampering).await;
        let report = verify(&store, CHAIN, Some(head)).await.unwrap();
        let problems: Vec<String> = report.problems.iter().map(|p| format!("{}: {}", p.seq, p.text)).collect();
        assert_eq!(problems, expected, "{tampering:?}");
    }
}

#[tokio::test]
async fn writing_after_the_lease_was_lost_shows() {
    let store = store(Memory::new());
    written(&store, &[(2, 3), (1, 0), (1, 1), (2, 0)]).await;
    let report = verify(&store, CHAIN, None).await.unwrap();
    assert_eq!((report.blocks, report.entries, report.head.seq), (4, 4, 4));
    let at: Vec<u64> = report.problems.iter().map(|problem| problem.seq).collect();
    assert_eq!(at, [2, 3]);
}

#[tokio::test]
async fn an_end_cut_off_shows_only_against_a_known_head() {
    let store = store(Memory::new());
    let head = written(&store, &[(1, 1); 5]).await;
    for seq in [4, 5] {
        tamper(&store, Tampering::Remove(seq)).await;
    }
    assert_eq!(verify(&store, CHAIN, None).await.unwrap().problems, []);
    let problems = verify(&store, CHAIN, Some(head)).await.unwrap().problems;
    assert_eq!(problems, [Problem { seq: 5, text: "the end is cut off: blocks 4 to 5 are missing".into() }]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_chain_reads_back_and_no_changed_byte_goes_unseen(
        sizes in prop::collection::vec(0usize..4, 1..8),
        place in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(),
        flip in 1u8..,
        known in any::<prop::sample::Index>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = store(Memory::new());
            let blocks: Vec<(u64, usize)> = sizes.iter().map(|size| (1, *size)).collect();
            let head = written(&store, &blocks).await;

            let mut reader = journal(&store);
            for _ in 0..known.index(sizes.len() + 1) {
                reader.next().await.unwrap().unwrap();
            }
            let seen = reader.head().seq as usize;
            let tail = Journal::<String>::open(&store, CHAIN, reader.head().clone()).unwrap().tail().await.unwrap();
            prop_assert_eq!(tail.iter().map(|block| block.entries.len()).collect::<Vec<_>>(), &sizes[seen..]);

            let report = verify(&store, CHAIN, Some(head.clone())).await.unwrap();
            prop_assert_eq!(&report.problems, &[]);
            prop_assert_eq!((report.blocks as usize, report.head), (sizes.len(), head.clone()));

            let path = block_path(CHAIN, place.index(sizes.len()) as u64 + 1);
            let mut bytes = store.documents().get(&path).await.unwrap().unwrap().bytes.to_vec();
            let at = byte.index(bytes.len());
            bytes[at] ^= flip;
            store.delete(&path).await.unwrap();
            store.documents().create(&path, bytes.into()).await.unwrap();
            prop_assert!(!verify(&store, CHAIN, Some(head)).await.unwrap().problems.is_empty());
            Ok(())
        })?;
    }
}

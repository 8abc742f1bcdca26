//! The published vectors of Certificate Transparency, and proofs of random trees checked by
//! another implementation.

use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;

/// The leaves of the reference tests, in hexadecimal digits.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

/// The roots over the first 0, 1, … 8 of them.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Size, index and the path from the leaf.
const INCLUSION: [(usize, usize, &[&str]); 5] = [
    (1, 0, &[]),
    (
        3,
        2,
        &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    ),
    (
        5,
        1,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        8,
        0,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        8,
        5,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
];

/// The older size, the newer size and the proof.
const CONSISTENCY: [(usize, usize, &[&str]); 4] = [
    (1, 1, &[]),
    (
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
];

fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn leaves() -> Vec<TreeHash> {
    let hash = |leaf: &&str| TreeHash::of_leaf(&bytes(leaf));
    LEAVES.iter().map(hash).collect()
}

fn hashes(digits: &[&str]) -> Vec<TreeHash> {
    let hash = |digits: &&str| TreeHash(bytes(digits).try_into().unwrap());
    digits.iter().map(hash).collect()
}

fn root_of(leaves: &[TreeHash]) -> TreeHash {
    let mut tree = TreeBuilder::default();
    tree.extend(leaves.iter().copied());
    tree.root()
}

#[test]
fn the_roots_are_the_published_ones() {
    for (size, root) in ROOTS.iter().enumerate() {
        let tree = root_of(&leaves()[..size]);
        assert_eq!(tree.to_string(), *root, "{size} leaves");
    }
}

#[test]
fn the_paths_are_the_published_ones() {
    for (size, index, path) in INCLUSION {
        let leaves = &leaves()[..size];
        let proof = inclusion_proof(leaves, index).unwrap();
        assert_eq!(proof, hashes(path), "leaf {index} of {size}");
        let (size, at) = (size as u64, index as u64);
        let root = root_of(leaves);
        assert_eq!(
            verify_inclusion(&root, size, at, &leaves[index], &proof),
            Ok(())
        );
    }
    assert_eq!(inclusion_proof(&leaves(), 8), None);
}

#[test]
fn the_consistency_proofs_are_the_published_ones() {
    for (older, newer, path) in CONSISTENCY {
        let leaves = &leaves()[..newer];
        let proof = consistency_proof(leaves, older).unwrap();
        assert_eq!(proof, hashes(path), "{older} in {newer}");
        let (old_root, new_root) = (root_of(&leaves[..older]), root_of(leaves));
        let (old, new) = ((&old_root, older as u64), (&new_root, newer as u64));
        assert_eq!(verify_consistency(old, new, &proof), Ok(()));
    }
    assert_eq!(consistency_proof(&leaves(), 0), None);
    assert_eq!(consistency_proof(&leaves(), 9), None);
}

#[test]
fn the_empty_tree_is_continued_by_every_other() {
    let (nothing, all) = (TreeHash::of_nothing(), root_of(&leaves()));
    assert_eq!(verify_consistency((&nothing, 0), (&all, 8), &[]), Ok(()));
    assert_eq!(
        verify_consistency((&all, 0), (&all, 8), &[]),
        Err(ProofError::Root)
    );
    assert_eq!(
        verify_consistency((&all, 8), (&nothing, 0), &[]),
        Err(ProofError::OutOfRange)
    );
}

#[test]
fn a_segment_stands_only_where_it_begins() {
    let mut tree = TreeBuilder::default();
    tree.push(leaves()[0]);
    for start in [0, 2] {
        let mut two = Segment::at(start);
        leaves()[1..3].iter().for_each(|leaf| two.push(*leaf));
        assert_eq!(tree.join(&two), Err(Misaligned { size: 1, start }));
        assert_eq!(tree.size(), 1);
    }
    assert_eq!(TreeBuilder::from_peaks(3, tree.peaks().to_vec()), None);
}

#[test]
fn a_leaf_of_any_length_is_the_sha_256_of_its_bytes() {
    for length in 0..400usize {
        let content: Vec<u8> = (0..length).map(|n| (n * 7 + length) as u8).collect();
        let expected = Sha256::digest([&[0][..], &content].concat());
        assert_eq!(TreeHash::of_leaf(&content).0[..], expected[..], "{length}");
    }
}

/// Another implementation's root, over the same contents.
fn their_root(contents: &[Vec<u8>]) -> RootHash<Sha256> {
    let mut tree = ct_merkle::mem_backed_tree::MemoryBackedTree::<Sha256, Vec<u8>>::new();
    contents.iter().for_each(|leaf| tree.push(leaf.clone()));
    tree.root()
}

fn joined(proof: &[TreeHash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| hash.0).collect()
}

proptest! {
    #[test]
    fn another_implementation_accepts_our_proofs(
        contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 1..200),
        index in any::<prop::sample::Index>(),
        older in any::<prop::sample::Index>(),
    ) {
        let hashes: Vec<TreeHash> = contents.iter().map(|leaf| TreeHash::of_leaf(leaf)).collect();
        let theirs = their_root(&contents);
        prop_assert_eq!(&root_of(&hashes).0[..], theirs.as_bytes().as_slice());
        let index = index.index(contents.len());
        let proof = inclusion_proof(&hashes, index).unwrap();
        let proof = InclusionProof::<Sha256>::from_bytes(joined(&proof));
        let accepted = theirs.verify_inclusion(&contents[index], index as u64, &proof);
        prop_assert!(accepted.is_ok());
        let older = older.index(contents.len()) + 1;
        let proof = joined(&consistency_proof(&hashes, older).unwrap());
        let proof = ConsistencyProof::<Sha256>::try_from_bytes(proof).unwrap();
        let accepted = theirs.verify_consistency(&their_root(&contents[..older]), &proof);
        prop_assert!(accepted.is_ok());
    }

    #[test]
    fn only_the_true_proof_holds(
        count in 1..130usize,
        index in any::<prop::sample::Index>(),
        older in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
    ) {
        let hashes: Vec<TreeHash> = (0..count).map(|n| TreeHash::of_leaf(&[n as u8])).collect();
        let (root, size) = (root_of(&hashes), count as u64);
        let index = index.index(count);
        let proof = inclusion_proof(&hashes, index).unwrap();
        let holds = |at: u64, leaf, proof: &[_]| verify_inclusion(&root, size, at, leaf, proof);
        prop_assert_eq!(holds(index as u64, &hashes[index], &proof), Ok(()));
        let other = other.index(count);
        if other != index {
            prop_assert!(holds(other as u64, &hashes[index], &proof).is_err());
            prop_assert!(holds(index as u64, &hashes[other], &proof).is_err());
        }
        prop_assert_eq!(holds(size, &hashes[index], &proof), Err(ProofError::OutOfRange));
        let mut longer = proof.clone();
        longer.push(root);
        prop_assert!(holds(index as u64, &hashes[index], &longer).is_err());
        for at in 0..proof.len() {
            let mut turned = proof.clone();
            turned[at].0[7] ^= 1;
            prop_assert!(holds(index as u64, &hashes[index], &turned).is_err());
        }
        let older = older.index(count) + 1;
        let old = (&root_of(&hashes[..older]), older as u64);
        let proof = consistency_proof(&hashes, older).unwrap();
        prop_assert_eq!(verify_consistency(old, (&root, size), &proof), Ok(()));
        let mut longer = proof.clone();
        longer.push(root);
        prop_assert!(verify_consistency(old, (&root, size), &longer).is_err());
        for at in 0..proof.len() {
            let mut turned = proof.clone();
            turned[at].0[0] ^= 0x80;
            prop_assert!(verify_consistency(old, (&root, size), &turned).is_err());
            prop_assert!(verify_consistency(old, (&root, size), &proof[..at]).is_err());
        }
    }

    #[test]
    fn a_tree_built_in_segments_is_the_same(
        count in 0..300usize,
        lengths in prop::collection::vec(0..40usize, 1..20),
    ) {
        let hashes: Vec<TreeHash> =
            (0..count).map(|n| TreeHash::of_leaf(&n.to_le_bytes())).collect();
        let mut tree = TreeBuilder::default();
        let mut rest = &hashes[..];
        for length in lengths.iter().chain(&[usize::MAX]) {
            let (block, later) = rest.split_at(rest.len().min(*length));
            let mut apart = Segment::at(tree.size());
            block.iter().for_each(|leaf| apart.push(*leaf));
            tree.join(&apart).unwrap();
            rest = later;
        }
        prop_assert_eq!(tree.root(), root_of(&hashes));
        prop_assert_eq!(tree.size(), count as u64);
        prop_assert_eq!(u64::from(tree.size().count_ones()), tree.peaks().len() as u64);
        let kept = TreeBuilder::from_peaks(tree.size(), tree.peaks().to_vec());
        prop_assert_eq!(kept, Some(tree));
    }
}

//! Official codes as a tree: what lies inside what.

use std::collections::BTreeMap;

use super::short_code::ShortCode;
use super::spelling;

/// The most steps from a code to its root.
const DEPTH_MAX: usize = 8;

/// One code of a [`CodeTree`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeNode {
    /// The official name.
    pub name: String,
    /// The official level: 1 section, 2 division, 3 group, 4 class of industries; 0 nation,
    /// 1 province, 2 city, 3 county, 4 functional zone of regions.
    pub level: u8,
    /// The code one level up.
    pub parent: Option<ShortCode>,
    /// The codes one level down, in order.
    pub children: Vec<ShortCode>,
}

/// A tree of official codes, such as industries or regions.
///
/// # Example
/// ```
/// # use zhida_policies::values::Codes;
/// let industries = "code,level,name\nC,section,制造业\nC13,division,农副食品加工业\n";
/// let codes = Codes::from_texts(industries, "", "")?;
/// assert!(codes.industries().covers("C", "C13"));
/// assert_eq!(codes.industries().name("C13"), Some("农副食品加工业"));
/// # Ok::<(), zhida_policies::values::CodesError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeTree {
    nodes: BTreeMap<ShortCode, CodeNode>,
}

/// Why codes do not form a tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeTreeError {
    /// A code names a parent that is not there.
    #[error("code {code} lies in {parent}, which is not listed")]
    UnknownParent {
        /// The code.
        code: ShortCode,
        /// The missing one.
        parent: ShortCode,
    },
    /// A code lies inside itself, or too deep.
    #[error("code {code} lies inside itself")]
    Circular {
        /// The code.
        code: ShortCode,
    },
}

impl CodeTree {
    /// Builds the tree from codes whose children are not yet known.
    pub(super) fn new(codes: BTreeMap<ShortCode, CodeNode>) -> Result<CodeTree, CodeTreeError> {
        for &code in codes.keys() {
            reaches_root(&codes, code)?;
        }
        let parents: Vec<_> = codes
            .iter()
            .map(|(code, node)| (*code, node.parent))
            .collect();
        let mut nodes = codes;
        for (code, parent) in parents {
            if let Some(parent) = parent.and_then(|parent| nodes.get_mut(&parent)) {
                parent.children.push(code);
            }
        }
        Ok(CodeTree { nodes })
    }

    /// The node of a code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&CodeNode> {
        self.nodes.get(&ShortCode::new(code)?)
    }

    /// Whether the code exists.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.get(code).is_some()
    }

    /// Whether `code` is `ancestor` or lies inside it; both must exist.
    #[must_use]
    pub fn covers(&self, ancestor: &str, code: &str) -> bool {
        self.contains(ancestor) && self.lineage(code).any(|step| step.as_str() == ancestor)
    }

    /// The official name of a code.
    #[must_use]
    pub fn name(&self, code: &str) -> Option<&str> {
        self.get(code).map(|node| node.name.as_str())
    }

    /// The official level of a code.
    #[must_use]
    pub fn level(&self, code: &str) -> Option<u8> {
        self.get(code).map(|node| node.level)
    }

    /// The code one level up.
    #[must_use]
    pub fn parent(&self, code: &str) -> Option<&str> {
        self.get(code)?.parent.as_ref().map(ShortCode::as_str)
    }

    /// The codes one level down, in order.
    pub fn children(&self, code: &str) -> impl Iterator<Item = &str> {
        self.get(code)
            .into_iter()
            .flat_map(|node| node.children.iter().map(ShortCode::as_str))
    }

    /// The code itself, then the one above it, up to the root; nothing for an unknown code.
    pub fn lineage(&self, code: &str) -> impl Iterator<Item = ShortCode> {
        let first = ShortCode::new(code).filter(|code| self.nodes.contains_key(code));
        std::iter::successors(first, |code| self.nodes.get(code)?.parent)
    }

    /// The existing code or name nearest to a wrong one: always the code is given.
    ///
    /// A code that is too long gives the longest beginning of it that exists.
    #[must_use]
    pub fn nearest(&self, wrong: &str) -> Option<&str> {
        let by_name = self.nodes.iter().find(|(_, node)| node.name == wrong);
        if let Some((code, _)) = by_name {
            return Some(code.as_str());
        }
        let beginnings = wrong
            .char_indices()
            .rev()
            .filter_map(|(end, _)| wrong.get(..end));
        let by_beginning = beginnings
            .filter(|beginning| beginning.len() >= 2)
            .find_map(|beginning| self.nodes.get_key_value(&ShortCode::new(beginning)?));
        match by_beginning {
            Some((code, _)) => Some(code.as_str()),
            None => spelling::nearest(wrong, self.nodes.keys().map(ShortCode::as_str)),
        }
    }

    /// Every code with its node, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CodeNode)> {
        self.nodes.iter().map(|(code, node)| (code.as_str(), node))
    }

    /// How many codes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are no codes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

/// Checks that the parents above a code are listed and end.
fn reaches_root(
    codes: &BTreeMap<ShortCode, CodeNode>,
    code: ShortCode,
) -> Result<(), CodeTreeError> {
    let mut current = code;
    for _ in 0..DEPTH_MAX {
        match codes.get(&current).and_then(|node| node.parent) {
            Some(parent) if codes.contains_key(&parent) => current = parent,
            Some(parent) => {
                return Err(CodeTreeError::UnknownParent {
                    code: current,
                    parent,
                });
            }
            None => return Ok(()),
        }
    }
    Err(CodeTreeError::Circular { code })
}

//! Everything that a name can mean beyond its own measure: facts, definitions, parameters,
//! measures, funds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::check::nearest::nearest;
use crate::fault::{Code, Fault};
use crate::measure::expression::Type;
use crate::measure::library::{Policy, SourceFile};
use crate::measure::{MeasureRef, ParameterId, PolicyId};
use crate::span::Span;
use crate::syntax::ast::{DefinitionSyntax, Reference};
use crate::values::Codes;
use crate::vocabulary::Vocabulary;

/// A definition and the policy that declares it.
#[derive(Clone, Debug)]
pub(crate) struct GlobalDefinition {
    pub(crate) policy: PolicyId,
    pub(crate) syntax: DefinitionSyntax,
}

/// A parameter that can be named.
#[derive(Clone, Debug)]
pub(crate) struct GlobalParameter {
    pub(crate) policy: PolicyId,
    pub(crate) name: String,
    pub(crate) value_type: Type,
}

/// What the expressions of one run are checked against.
pub(crate) struct Globals<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) codes: &'a Codes,
    pub(crate) files: &'a [SourceFile],
    pub(crate) policies: &'a [Policy],
    pub(crate) definitions: Vec<GlobalDefinition>,
    pub(crate) parameters: Vec<GlobalParameter>,
    pub(crate) measures: BTreeSet<MeasureRef>,
    pub(crate) funds: BTreeSet<MeasureRef>,
    /// Whether the definitions read one another too deeply to be followed; reported once.
    pub(crate) definitions_too_high: bool,
    definitions_by_name: BTreeMap<String, Vec<usize>>,
    parameters_by_name: BTreeMap<String, Vec<usize>>,
}

impl<'a> Globals<'a> {
    pub(crate) fn new(
        vocabulary: &'a Vocabulary,
        codes: &'a Codes,
        files: &'a [SourceFile],
        policies: &'a [Policy],
    ) -> Self {
        Self {
            vocabulary,
            codes,
            files,
            policies,
            definitions: Vec::new(),
            parameters: Vec::new(),
            measures: BTreeSet::new(),
            funds: BTreeSet::new(),
            definitions_too_high: false,
            definitions_by_name: BTreeMap::new(),
            parameters_by_name: BTreeMap::new(),
        }
    }

    /// The text at a place.
    pub(crate) fn text(&self, span: Span) -> &str {
        usize::try_from(span.file.0)
            .ok()
            .and_then(|index| self.files.get(index))
            .and_then(|file| file.text.get(span.range()))
            .unwrap_or("")
            .trim()
    }

    /// The id of a policy.
    pub(crate) fn policy_id(&self, policy: PolicyId) -> &str {
        self.policies.get(policy.0).map_or("", |policy| &policy.id)
    }

    pub(crate) fn add_definition(&mut self, policy: PolicyId, syntax: DefinitionSyntax) {
        let index = self.definitions.len();
        self.definitions_by_name
            .entry(syntax.name.text.clone())
            .or_default()
            .push(index);
        self.definitions.push(GlobalDefinition { policy, syntax });
    }

    pub(crate) fn add_parameter(&mut self, policy: PolicyId, name: &str, value_type: Type) {
        let index = self.parameters.len();
        self.parameters_by_name
            .entry(name.to_owned())
            .or_default()
            .push(index);
        self.parameters.push(GlobalParameter {
            policy,
            name: name.to_owned(),
            value_type,
        });
    }

    /// The definition of this name that a policy sees: the one of the smallest region around it.
    pub(crate) fn definition(&self, from: PolicyId, name: &str) -> Option<usize> {
        self.innermost(from, self.definitions_by_name.get(name)?, |index| {
            self.definitions.get(index).map(|found| found.policy)
        })
    }

    /// The parameter of this name that a policy sees.
    pub(crate) fn parameter(&self, from: PolicyId, name: &str) -> Option<ParameterId> {
        self.innermost(from, self.parameters_by_name.get(name)?, |index| {
            self.parameters.get(index).map(|found| found.policy)
        })
        .map(ParameterId)
    }

    pub(crate) fn parameter_type(&self, parameter: ParameterId) -> Type {
        self.parameters
            .get(parameter.0)
            .map_or(Type::Invalid, |found| found.value_type.clone())
    }

    fn innermost(
        &self,
        from: PolicyId,
        candidates: &[usize],
        policy_of: impl Fn(usize) -> Option<PolicyId>,
    ) -> Option<usize> {
        candidates
            .iter()
            .copied()
            .filter_map(|index| policy_of(index).map(|policy| (index, policy)))
            .filter(|(_, policy)| self.sees(from, *policy))
            .max_by_key(|(index, policy)| {
                let region = self.policies.get(policy.0).map(|policy| policy.region);
                let depth = region.map_or(0, |region| region.as_str().len());
                (*policy == from, depth, std::cmp::Reverse(*index))
            })
            .map(|(index, _)| index)
    }

    /// Whether a policy lies inside the region of another.
    pub(crate) fn sees(&self, from: PolicyId, other: PolicyId) -> bool {
        match (self.policies.get(from.0), self.policies.get(other.0)) {
            (Some(inner), Some(outer)) => self.codes.region_covers(outer.region, inner.region),
            _missing => false,
        }
    }

    /// What a name already means, for the refusal of a second meaning.
    pub(crate) fn meaning_of(&self, from: PolicyId, name: &str) -> Option<&'static str> {
        if self.vocabulary.find(name).is_some() {
            Some("一个事实")
        } else if self.definition(from, name).is_some() {
            Some("一个定义")
        } else if self.parameter(from, name).is_some() {
            Some("一个参数")
        } else if super::expression::is_builtin(name) {
            Some("一个固定的名字")
        } else {
            None
        }
    }

    /// Both spellings of every fact.
    pub(crate) fn fact_names(&self) -> impl Iterator<Item = &str> {
        self.vocabulary
            .facts()
            .flat_map(|(_, fact)| [fact.name.as_str(), fact.id.as_str()])
    }

    /// Every name that means something in a policy, apart from its own `设`.
    pub(crate) fn names_in_reach(&self, from: PolicyId) -> impl Iterator<Item = &str> {
        let facts = self.fact_names();
        let definitions = self
            .definitions
            .iter()
            .filter(move |found| self.sees(from, found.policy))
            .map(|found| found.syntax.name.text.as_str());
        let parameters = self
            .parameters
            .iter()
            .filter(move |found| self.sees(from, found.policy))
            .map(|found| found.name.as_str());
        facts.chain(definitions).chain(parameters)
    }

    /// The full name of an item as a policy refers to it.
    pub(crate) fn full_name(&self, from: PolicyId, reference: &Reference) -> MeasureRef {
        let policy = reference
            .policy
            .as_ref()
            .map_or_else(|| self.policy_id(from), |name| name.text.as_str());
        MeasureRef(Arc::from(format!("{policy}/{}", reference.item.text)))
    }

    /// The name of an item as a policy would write it: without the policy, where it is its own.
    pub(crate) fn short_name<'n>(&self, from: PolicyId, id: &'n MeasureRef) -> &'n str {
        id.0.strip_prefix(self.policy_id(from))
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(&id.0)
    }

    /// The measure that a policy refers to.
    pub(crate) fn measure_ref(
        &self,
        from: PolicyId,
        reference: &Reference,
    ) -> Result<MeasureRef, Fault> {
        self.known(from, reference, &self.measures, "事项")
    }

    /// The fund that a policy refers to. A bureau may keep a fund in its own books instead of a
    /// policy file, so that only a name that is nearly one of the declared is a fault.
    pub(crate) fn fund_ref(
        &self,
        from: PolicyId,
        reference: &Reference,
    ) -> Result<MeasureRef, Fault> {
        let written = self.text(reference.span);
        let names = self.names_from(from, reference, &self.funds);
        let near = nearest(written, names.iter().map(String::as_str));
        match (near, self.known(from, reference, &self.funds, "资金")) {
            (None, Err(_)) => Ok(self.full_name(from, reference)),
            (_, known) => known,
        }
    }

    /// The names of items as a policy would write them; an author may write the own policy's name
    /// in front or leave it out.
    fn names_from(
        &self,
        from: PolicyId,
        reference: &Reference,
        all: &BTreeSet<MeasureRef>,
    ) -> Vec<String> {
        let own = format!("{}/", self.policy_id(from));
        let short = |id: &MeasureRef| {
            id.0.strip_prefix(own.as_str())
                .map_or_else(|| id.0.to_string(), str::to_owned)
        };
        let shown = |id: &MeasureRef| {
            if reference.policy.is_some() {
                id.0.to_string()
            } else {
                short(id)
            }
        };
        all.iter().map(shown).collect()
    }

    fn known(
        &self,
        from: PolicyId,
        reference: &Reference,
        all: &BTreeSet<MeasureRef>,
        what: &str,
    ) -> Result<MeasureRef, Fault> {
        let wanted = self.full_name(from, reference);
        if all.contains(&wanted) {
            return Ok(wanted);
        }
        let names = self.names_from(from, reference, all);
        let written = self.text(reference.span);
        let fault = Fault::new(
            Code::Z02,
            reference.span,
            format!("没有叫“{written}”的{what}"),
        );
        Err(match nearest(written, names.iter().map(String::as_str)) {
            Some(near) => fault.with_help(format!("想写的是“{near}”吗?")),
            None => fault.with_help("别的文件里的写成“policy-id/id”"),
        })
    }
}

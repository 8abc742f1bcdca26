//! One operation of the API: a route, and what the document says about it.
//!
//! # Shape
//! Places and document come from one list of operations, so that neither can promise what the
//! other does not do.

use axum::handler::Handler;
use std::sync::Arc;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, ToSchema};

use crate::web::{Access, Place, Server};

/// What an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tag {
    /// Search, texts, measures, what one gets.
    Policies,
    /// Steps of payouts.
    Orders,
    /// What is on record.
    Records,
    /// Imports, sweeps and other long work.
    Jobs,
    /// Log, proofs, files.
    Proofs,
    /// The API about itself.
    Own,
}

impl Tag {
    /// The Chinese name.
    pub(super) const fn chinese(self) -> &'static str {
        match self {
            Self::Policies => "政策与测算",
            Self::Orders => "办理",
            Self::Records => "查看",
            Self::Jobs => "任务",
            Self::Proofs => "日志与证明",
            Self::Own => "接口",
        }
    }
}

/// What a request carries.
#[derive(Clone, Debug)]
pub(super) enum Carries {
    /// Nothing.
    Nothing,
    /// JSON of this schema.
    Json(String),
    /// The bytes of a file.
    File,
}

/// What a reply holds.
#[derive(Clone, Debug)]
pub(super) enum Gives {
    /// JSON of this schema.
    Json(String),
    /// A page of a list of this schema.
    List(String),
    /// Bytes of this kind.
    Bytes(&'static str),
}

/// Schemas by name.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// One operation.
pub(super) struct Operation {
    /// The route.
    pub(super) place: Place,
    pub(super) tag: Tag,
    pub(super) summary: &'static str,
    pub(super) parameters: Vec<Parameter>,
    pub(super) carries: Carries,
    pub(super) gives: Gives,
    /// Whether it takes an idempotency key.
    pub(super) is_keyed: bool,
    pub(super) schemas: Schemas,
}

impl Operation {
    fn new(place: Place, tag: Tag, summary: &'static str) -> Self {
        Self {
            place,
            tag,
            summary,
            parameters: Vec::new(),
            carries: Carries::Nothing,
            gives: Gives::Bytes("application/octet-stream"),
            is_keyed: false,
            schemas: Vec::new(),
        }
    }

    /// Something to look at.
    pub(super) fn get<H, T>(
        (tag, summary): (Tag, &'static str),
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Arc<Server>>,
        T: 'static,
    {
        Self::new(Place::get(path, access, handler), tag, summary)
    }

    /// Something to do.
    pub(super) fn post<H, T>(
        (tag, summary): (Tag, &'static str),
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Arc<Server>>,
        T: 'static,
    {
        Self::new(Place::post(path, access, handler), tag, summary)
    }

    /// Can be used with a token of this scope.
    pub(super) fn token(mut self, scope: &'static str) -> Self {
        self.place = self.place.with_token(scope);
        self
    }

    /// Takes bodies up to so many bytes.
    pub(super) fn bytes(mut self, most: usize) -> Self {
        self.place = self.place.takes(most);
        self
    }

    /// Asked for in a query.
    pub(super) fn query<Q: IntoParams>(mut self) -> Self {
        let parameters = Q::into_params(|| Some(ParameterIn::Query));
        self.parameters.extend(parameters);
        self
    }

    /// Carries JSON.
    pub(super) fn takes<B: ToSchema>(mut self) -> Self {
        self.carries = Carries::Json(self.schema::<B>());
        self
    }

    /// Carries a file.
    pub(super) fn takes_file(mut self) -> Self {
        self.carries = Carries::File;
        self
    }

    /// Gives JSON.
    pub(super) fn gives<R: ToSchema>(mut self) -> Self {
        self.gives = Gives::Json(self.schema::<R>());
        self
    }

    /// Gives a page of a list.
    pub(super) fn lists<R: ToSchema>(mut self) -> Self {
        self.gives = Gives::List(self.schema::<R>());
        self
    }

    /// Gives bytes.
    pub(super) fn gives_bytes(mut self, kind: &'static str) -> Self {
        self.gives = Gives::Bytes(kind);
        self
    }

    /// Takes an idempotency key.
    pub(super) fn keyed(mut self) -> Self {
        self.is_keyed = true;
        self
    }

    fn schema<T: ToSchema>(&mut self) -> String {
        let name = T::name().into_owned();
        self.schemas.push((name.clone(), T::schema()));
        T::schemas(&mut self.schemas);
        name
    }
}

//! A client made of the document: it knows nothing of the API but what the document says, and
//! checks that requests and replies are as it says.

use serde_json::{Map, Value, json};

use super::town::{Got, Samples, Town, encoded};
use axum::http::Method;

/// The document, and a town to ask.
pub(super) struct Client<'t> {
    town: &'t Town,
    pub(super) document: Value,
}

/// One operation as the document describes it.
pub(super) struct Described {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) operation: Value,
}

impl<'t> Client<'t> {
    /// Reads the document from the town.
    pub(super) async fn new(town: &'t Town) -> Self {
        let got = town.get("", "/api/v1/openapi.json").await;
        assert_eq!(got.status.as_u16(), 200);
        Self {
            town,
            document: got.json(),
        }
    }

    /// All operations.
    pub(super) fn operations(&self) -> Vec<Described> {
        let paths = self.document["paths"].as_object().unwrap();
        let mut all = Vec::new();
        for (path, item) in paths {
            for (method, operation) in item.as_object().unwrap() {
                all.push(Described {
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.clone(),
                    operation: operation.clone(),
                });
            }
        }
        all
    }

    fn find(&self, id: &str) -> Described {
        let mut all = self.operations().into_iter();
        let found = all.find(|described| described.operation["operationId"] == id);
        found.unwrap_or_else(|| panic!("no operation {id}"))
    }

    /// What a reference stands for.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema.get("$ref").and_then(Value::as_str) {
            None => schema,
            Some(place) => {
                let place = place.trim_start_matches('#');
                let found = self.document.pointer(place);
                self.resolved(found.unwrap_or_else(|| panic!("no {place}")))
            }
        }
    }

    /// The schema of the body that a path takes.
    pub(super) fn body_schema(&self, path: &str) -> Option<Value> {
        let body = &self.document["paths"][path]["post"]["requestBody"];
        let schema = body.pointer("/content/application~1json/schema")?;
        Some(self.resolved(schema).clone())
    }

    /// Whether a body has a field, at any depth.
    pub(super) fn has_field(&self, schema: &Value, name: &str) -> bool {
        let schema = self.resolved(schema);
        let Some(fields) = schema.get("properties").and_then(Value::as_object) else {
            return false;
        };
        fields
            .iter()
            .any(|(field, inner)| field == name || self.has_field(inner, name))
    }

    /// Calls an operation by its name; the request must be as the document asks, and the reply as
    /// it promises.
    pub(super) async fn call(
        &self,
        who: &str,
        id: &str,
        given: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Got {
        let described = self.find(id);
        let mut path = described.path.clone();
        let mut query = Vec::new();
        let mut headers = Vec::new();
        let parameters = described.operation["parameters"].as_array().unwrap();
        for (name, value) in given {
            let parameter = parameters
                .iter()
                .find(|parameter| parameter["name"] == *name);
            let parameter = parameter.unwrap_or_else(|| panic!("{id} has no parameter {name}"));
            match parameter["in"].as_str().unwrap() {
                "path" => path = path.replace(&format!("{{{name}}}"), &encoded(value)),
                "query" => query.push(format!("{name}={}", encoded(value))),
                "header" => headers.push((*name, *value)),
                other => panic!("{id}: parameter in {other}"),
            }
        }
        assert!(!path.contains('{'), "{id}: {path} lacks a parameter");
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let got = match (described.method == Method::POST, body) {
            (false, _) => {
                self.town
                    .send(Method::GET, who, &path, &headers, None)
                    .await
            }
            (true, Some(body)) => {
                let schema = self.body_schema(&described.path);
                let schema = schema.unwrap_or_else(|| panic!("{id} takes no JSON"));
                self.assert_fits(&schema, body, id);
                let bytes = body.to_string().into_bytes();
                self.town.post_with(who, &path, &headers, bytes).await
            }
            (true, None) => panic!("{id} needs a body"),
        };
        self.assert_promised(&described, &got);
        got
    }

    /// A reply is of a kind and form that the document promises.
    pub(super) fn assert_promised(&self, described: &Described, got: &Got) {
        let asked = format!("{} {}", described.method, described.path);
        if got.status.as_u16() == 304 {
            return;
        }
        let responses = &described.operation["responses"];
        let status = got.status.as_u16().to_string();
        let response = responses.get(&status).unwrap_or(&responses["default"]);
        let content = response["content"].as_object().unwrap();
        let kind = got.kind.split(';').next().unwrap();
        let promised = content.get(kind).or_else(|| content.get("*/*"));
        let promised = promised.unwrap_or_else(|| panic!("{asked}: {status} {kind} {}", got.text));
        if let Some(schema) = promised.get("schema") {
            self.assert_fits(schema, &got.json(), &asked);
        }
    }

    /// A value is as a schema says.
    pub(super) fn assert_fits(&self, schema: &Value, value: &Value, at: &str) {
        if let Err(why) = self.fits(schema, value) {
            panic!("{at}: {why}\nvalue {value}\nschema {schema}");
        }
    }

    fn fits(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let schema = self.resolved(schema);
        for one in schema
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.fits(one, value)?;
        }
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            let fitting = choices.iter().filter(|one| self.fits(one, value).is_ok());
            if fitting.count() != 1 {
                return Err(format!("{value} fits not exactly one of {}", choices.len()));
            }
        }
        if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
            && !allowed.contains(value)
        {
            return Err(format!("{value} is none of {allowed:?}"));
        }
        let types = match schema.get("type") {
            None => return Ok(()),
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            Some(other) => return Err(format!("type {other}")),
        };
        let own = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let is_type = types.contains(&own) || (own == "integer" && types.contains(&"number"));
        if !is_type {
            return Err(format!("{value} is {own}, not {types:?}"));
        }
        match value {
            Value::Array(items) => {
                let inner = schema.get("items").unwrap_or(&Value::Null);
                items.iter().try_for_each(|item| self.fits(inner, item))
            }
            Value::Object(fields) => self.fields_fit(schema, fields),
            _ => Ok(()),
        }
    }

    fn fields_fit(&self, schema: &Value, fields: &Map<String, Value>) -> Result<(), String> {
        let required = schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                return Err(format!("no {name}"));
            }
        }
        let known = schema.get("properties").and_then(Value::as_object);
        for (name, value) in fields {
            match known.and_then(|known| known.get(name)) {
                Some(inner) => self
                    .fits(inner, value)
                    .map_err(|why| format!("{name}: {why}"))?,
                None => match schema.get("additionalProperties") {
                    Some(Value::Bool(false)) => return Err(format!("{name} is not known")),
                    Some(inner @ Value::Object(_)) => self.fits(inner, value)?,
                    None | Some(_) => {}
                },
            }
        }
        Ok(())
    }
}

/// A body that fits a schema, made of one's own things, with one field set.
pub(super) fn filled(
    client: &Client<'_>,
    schema: &Value,
    own: &Samples,
    set: (&str, &Value),
) -> Value {
    let schema = client.resolved(schema);
    let mut body = Map::new();
    let fields = schema["properties"].as_object().unwrap();
    let required = schema.get("required").and_then(Value::as_array);
    let is_required =
        |name: &str| required.is_some_and(|required| required.iter().any(|other| other == name));
    for (name, inner) in fields {
        if name == set.0 {
            body.insert(name.clone(), set.1.clone());
            continue;
        }
        if is_required(name) || client.has_field(inner, set.0) {
            body.insert(name.clone(), value_for(client, name, inner, own, set));
        }
    }
    Value::Object(body)
}

fn value_for(
    client: &Client<'_>,
    name: &str,
    schema: &Value,
    own: &Samples,
    set: (&str, &Value),
) -> Value {
    let resolved = client.resolved(schema);
    let known = match name {
        "payout" | "against" => Some(json!(own.payouts[1])),
        "batch" => Some(json!(own.batch)),
        "motion" => Some(json!(own.motion)),
        "payer" => Some(json!(own.payer)),
        "line" => Some(json!(own.bank_line)),
        "to" => Some(json!(own.user)),
        "bureau" => Some(json!(own.bureau)),
        "enterprise" | "uscc" => Some(json!(own.enterprise)),
        "base64" => Some(json!("eA==")),
        "amount" | "total" => Some(json!("1.00")),
        "payouts" => Some(json!([own.payouts[1]])),
        _ => None,
    };
    if let Some(known) = known {
        return known;
    }
    match resolved["type"].as_str() {
        Some("object") => filled(client, resolved, own, set),
        Some("array") => json!([]),
        Some("boolean") => json!(true),
        Some("integer") => json!(1),
        Some(_) | None if resolved["format"] == "date" => json!("2026-07-02"),
        Some(_) | None => json!("x"),
    }
}

//! One line of the router: a path, its methods, and who may ask.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    handler::Handler,
    http::{Method, StatusCode, header::ALLOW},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::MethodRouter,
};

use super::{
    failure::Failure,
    guard::{self, Guard},
};
use crate::dispatch::Bridge;

/// Largest body of a request, unless an endpoint says otherwise.
const LARGEST: usize = 64 << 10;

/// A path, with what answers it.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub(super) path: &'static str,
    /// Methods, without the HEAD that comes with GET.
    pub(super) methods: Vec<Method>,
    router: MethodRouter<Arc<Bridge>>,
    open: bool,
    largest: usize,
}

/// A path for whoever has the token.
pub(super) fn guarded(path: &'static str) -> Endpoint {
    Endpoint { path, methods: Vec::new(), router: MethodRouter::new(), open: false, largest: LARGEST }
}

/// A path for everybody who may connect: there is no data in it.
pub(super) fn open(path: &'static str) -> Endpoint {
    Endpoint { open: true, ..guarded(path) }
}

impl Endpoint {
    pub(super) fn get<T: 'static>(self, handler: impl Handler<T, Arc<Bridge>>) -> Self {
        self.on(Method::GET, |router| router.get(handler))
    }

    pub(super) fn post<T: 'static>(self, handler: impl Handler<T, Arc<Bridge>>) -> Self {
        self.on(Method::POST, |router| router.post(handler))
    }

    pub(super) fn patch<T: 'static>(self, handler: impl Handler<T, Arc<Bridge>>) -> Self {
        self.on(Method::PATCH, |router| router.patch(handler))
    }

    pub(super) fn put<T: 'static>(self, handler: impl Handler<T, Arc<Bridge>>) -> Self {
        self.on(Method::PUT, |router| router.put(handler))
    }

    /// Takes bodies up to so many bytes.
    pub(super) fn largest(self, largest: usize) -> Self {
        Self { largest, ..self }
    }

    fn on(mut self, method: Method, add: impl FnOnce(MethodRouter<Arc<Bridge>>) -> MethodRouter<Arc<Bridge>>) -> Self {
        self.methods.push(method);
        Self { router: add(self.router), ..self }
    }

    /// Whether it never needs the token.
    #[cfg(test)]
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Adds it to a router, behind the guard.
    pub(super) fn mount(self, router: Router<Arc<Bridge>>, guard: &Guard) -> Router<Arc<Bridge>> {
        let mut allowed: Vec<&str> = self.methods.iter().map(Method::as_str).collect();
        if allowed.contains(&"GET") {
            allowed.push("HEAD");
        }
        let allowed = allowed.join(", ");
        let answers = self.router.fallback(move |request: Request| async move { other_method(&request, &allowed) });
        let limited = answers.layer(DefaultBodyLimit::max(self.largest));
        router.route(self.path, limited.layer(from_fn_with_state(guard.opened(self.open), guard::pass)))
    }
}

fn other_method(request: &Request, allowed: &str) -> Response {
    let why = format!("{} is not for {}; it takes {allowed}", request.method(), request.uri().path());
    (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, allowed.to_owned())], Failure::new(StatusCode::METHOD_NOT_ALLOWED, why))
        .into_response()
}

//! `Shop`: a merchant that hears notifications, and answers as the test says.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

#[derive(Clone, Default)]
pub(crate) struct Shop {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    answers: Arc<Mutex<VecDeque<Response>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) body: Vec<u8>,
    pub(crate) headers: HeaderMap,
}

impl Heard {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shop = Self { url: format!("http://{}/notifications", listener.local_addr().unwrap()), ..Self::default() };
        let router = Router::new().fallback(hear).with_state(shop.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        shop
    }

    /// The next notifications are answered so, in this order; after that all are answered 200.
    pub(crate) fn will_answer(&self, answers: impl IntoIterator<Item = Response>) {
        self.answers.lock().unwrap().extend(answers);
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

async fn hear(State(shop): State<Shop>, headers: HeaderMap, body: Bytes) -> Response {
    shop.heard.lock().unwrap().push(Heard { body: body.to_vec(), headers });
    let answer = shop.answers.lock().unwrap().pop_front();
    answer.unwrap_or_else(|| StatusCode::OK.into_response())
}

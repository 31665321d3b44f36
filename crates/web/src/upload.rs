//! A form that brings files with it.
//!
//! Invariants: the whole body is bounded by the route's limit (`limits::upload`); so is the number of
//! parts; a file's name is only a name, never a path.
//!
//! Not here: what is in the files.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use db::Refusal;

use crate::filled::Filled;
use crate::refusal::Error;

/// What was typed and what was attached. The form needs `enctype="multipart/form-data"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upload {
    pub filled: Filled,
    files: Vec<Attached>,
}

/// One file as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    pub field: String,
    /// As the sender calls it, without folders.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// More than any form of ours has; a body of a million empty parts is not a form.
const PARTS_MAX: usize = 200;

impl Upload {
    /// The file of a field; nothing if none was chosen or it is empty.
    pub fn file(&self, field: &str) -> Option<&Attached> {
        self.files.iter().find(|file| file.field == field)
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let mut parts = Multipart::from_request(request, state)
            .await
            .map_err(|_| unreadable())?;
        let mut typed = Vec::new();
        let mut files = Vec::new();
        while let Some(part) = parts.next_field().await.map_err(|error| refuse(&error))? {
            if typed.len() + files.len() >= PARTS_MAX {
                return Err(unreadable());
            }
            let field = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(bare_name) {
                Some(name) => files.push(Attached {
                    field,
                    name,
                    bytes: bytes(part).await?,
                }),
                None => {
                    let text = String::from_utf8(bytes(part).await?).map_err(|_| unreadable())?;
                    typed.push((field, text));
                }
            }
        }
        // A browser sends an empty part for a file that was not chosen.
        files.retain(|file| !file.bytes.is_empty());
        Ok(Self {
            filled: typed.into_iter().collect(),
            files,
        })
    }
}

async fn bytes(part: Field<'_>) -> Result<Vec<u8>, Error> {
    part.bytes().await.map(Vec::from).map_err(|error| refuse(&error))
}

fn bare_name(name: &str) -> String {
    name.rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|letter| !letter.is_control())
        .collect()
}

fn refuse(error: &MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::Refused(Refusal::new(
            "upload-too-large",
            "The file is too large. Go back, and send a smaller one or split it into parts.",
        ));
    }
    unreadable()
}

fn unreadable() -> Error {
    Error::Refused(Refusal::new(
        "upload-unreadable",
        "The file did not arrive whole. Go back, choose it again, and send it again.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::DefaultBodyLimit;
    use axum::http::header;
    use axum::response::IntoResponse;
    use axum::routing::post;
    use axum::{Router, body::Body};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    const FORM: &str = "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nfrom HR\r\n\
        --b\r\nContent-Disposition: form-data; name=\"list\"; filename=\"C:\\\\lists\\\\people.csv\"\r\n\
        Content-Type: text/csv\r\n\r\nname\r\nAda\r\n\r\n\
        --b\r\nContent-Disposition: form-data; name=\"other\"; filename=\"\"\r\n\r\n\r\n--b--\r\n";

    async fn send(bytes_max: usize, body: &'static str) -> (StatusCode, String) {
        let take = async |upload: Upload| {
            let list = upload
                .file("list")
                .map(|file| format!("{} {}", file.name, file.bytes.len()));
            format!(
                "{} {list:?} {}",
                upload.filled.one("note"),
                upload.file("other").is_none()
            )
        };
        let house = Router::new()
            .route("/", post(take))
            .layer(DefaultBodyLimit::max(bytes_max));
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(Body::from(body))
            .expect("the test writes whole requests");
        let answer = house
            .oneshot(request)
            .await
            .expect("routers do not fail")
            .into_response();
        let status = answer.status();
        let bytes = answer
            .into_body()
            .collect()
            .await
            .expect("the body is whole")
            .to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn typed_and_attached_are_told_apart_and_a_name_is_never_a_path() {
        let (status, text) = send(10_000, FORM).await;
        assert_eq!(
            (status, text.as_str()),
            (StatusCode::OK, "from HR Some(\"people.csv 11\") true")
        );
    }

    #[tokio::test]
    async fn a_file_that_is_too_large_or_cut_off_is_refused_in_words() {
        let (status, text) = send(150, FORM).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text.contains("too large"), "{text}");
        let (status, text) = send(10_000, &FORM[..180]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text.contains("did not arrive whole"), "{text}");
    }
}

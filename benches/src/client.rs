//! A browser reduced to what it sends: one connection that posts answers and waits for each to be acknowledged.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use curriculum::{Kind, Question};
use db::{Fault, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::stopwatch::start;

/// Bytes of an answer's head; ours are some hundred.
const HEAD_MAX: usize = 64 * 1024;

/// Somebody who is signed in and has questions to answer.
#[derive(Debug, Clone)]
pub struct Learner {
    /// The session's secret, as the cookie holds it.
    pub secret: String,
    pub posts: Vec<Post>,
    /// How many answers were given, so that the next connection goes on where the last one ended.
    pub given: Arc<AtomicUsize>,
}

/// The address of a question, and two answers to it: changing one's mind is what makes each answer a new one.
#[derive(Debug, Clone)]
pub struct Post {
    path: String,
    bodies: [String; 2],
}

impl Post {
    pub fn new(path: &str, question: &Question) -> Post {
        let body = |chosen: &[usize]| {
            let fields: Vec<String> = chosen.iter().map(|number| format!("answer={number}")).collect();
            fields.join("&")
        };
        let bodies = match question.kind {
            Kind::Order => {
                let mut order: Vec<usize> = (0..question.options.len()).collect();
                let one = body(&order);
                order.reverse();
                [one, body(&order)]
            }
            Kind::FindTheLine => [body(&[1]), body(&[2])],
            Kind::Single | Kind::Multiple | Kind::TrueFalse | Kind::ChooseTheFix => [body(&[0]), body(&[1])],
        };
        Post {
            path: path.to_owned(),
            bodies,
        }
    }

    /// The request as a browser sends it when a form on our own page is submitted.
    fn request(&self, (address, secret): (SocketAddr, &str), which: usize) -> Vec<u8> {
        let body = &self.bodies[which % 2];
        format!(
            "POST {} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nReferer: http://{address}{}\r\n\
             Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\
             User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36\r\n\
             Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en\r\n\
             Accept-Encoding: gzip, deflate, br\r\nCookie: muster={secret}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.path,
            self.path,
            body.len()
        )
        .into_bytes()
    }
}

/// One connection of one learner.
pub struct Client {
    stream: TcpStream,
    /// Every question with its first answer, then every question with its second.
    requests: Vec<Vec<u8>>,
    given: Arc<AtomicUsize>,
    unread: Vec<u8>,
}

impl Client {
    /// # Errors
    /// A fault when nobody listens.
    pub async fn connect(address: SocketAddr, learner: &Learner) -> Result<Client> {
        let failed = |e| Fault::of("connecting to the server", e);
        let stream = TcpStream::connect(address).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let from = (address, learner.secret.as_str());
        let requests = [0, 1]
            .into_iter()
            .flat_map(|which| learner.posts.iter().map(move |post| post.request(from, which)));
        let (requests, given) = (requests.collect(), learner.given.clone());
        Ok(Client {
            stream,
            requests,
            given,
            unread: Vec::with_capacity(4096),
        })
    }

    /// A connection that sends what it is told.
    ///
    /// # Errors
    /// A fault when nobody listens.
    pub async fn open(address: SocketAddr) -> Result<Client> {
        let nobody = Learner {
            secret: String::new(),
            posts: Vec::new(),
            given: Arc::default(),
        };
        Client::connect(address, &nobody).await
    }

    /// Sends one request and reads its answer, which has to be of this status.
    ///
    /// # Errors
    /// A fault of the connection, or any other status.
    pub async fn exchange(&mut self, request: &[u8], status: u16) -> Result<()> {
        self.stream
            .write_all(request)
            .await
            .map_err(|e| Fault::of("sending a request", e))?;
        self.read(format!("HTTP/1.1 {status}").as_bytes()).await
    }

    /// Answers one question after another and says how many milliseconds each took.
    ///
    /// # Errors
    /// A fault of the connection, or any answer but the redirect to the next page.
    pub async fn answer_until(mut self, stop: Arc<AtomicBool>) -> Result<Vec<f64>> {
        let mut waits = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let started = start();
            let next = self.given.fetch_add(1, Ordering::Relaxed);
            let request = &self.requests[next % self.requests.len()];
            self.stream
                .write_all(request)
                .await
                .map_err(|e| Fault::of("sending an answer", e))?;
            self.read(b"HTTP/1.1 303").await?;
            waits.push(started.elapsed().as_secs_f64() * 1000.0);
        }
        Ok(waits)
    }

    /// Answers so many questions, the first after a while and then one every so often as people do, and says how many
    /// milliseconds each took.
    ///
    /// # Errors
    /// As for [`Client::answer_until`].
    pub async fn answer_paced(
        mut self,
        count: usize,
        (first, between): (Duration, Duration),
    ) -> Result<Vec<f64>> {
        let mut waits = Vec::with_capacity(count);
        tokio::time::sleep(first).await;
        for _ in 0..count {
            let started = start();
            let next = self.given.fetch_add(1, Ordering::Relaxed);
            let request = &self.requests[next % self.requests.len()];
            self.stream
                .write_all(request)
                .await
                .map_err(|e| Fault::of("sending an answer", e))?;
            self.read(b"HTTP/1.1 303").await?;
            let took = started.elapsed();
            waits.push(took.as_secs_f64() * 1000.0);
            tokio::time::sleep(between.saturating_sub(took)).await;
        }
        Ok(waits)
    }

    /// Reads one response, head and body.
    async fn read(&mut self, beginning: &[u8]) -> Result<()> {
        loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = &self.unread[..end];
                if !head.starts_with(beginning) {
                    let head = String::from_utf8_lossy(head);
                    return Err(Fault::new(format!("asking, which was answered with {head}")).into());
                }
                let length = length_of_body(head);
                while self.unread.len() < end + 4 + length {
                    self.more().await?;
                }
                self.unread.drain(..end + 4 + length);
                return Ok(());
            }
            if self.unread.len() > HEAD_MAX {
                return Err(Fault::new("reading an answer whose head has no end").into());
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<()> {
        let read = self
            .stream
            .read_buf(&mut self.unread)
            .await
            .map_err(|e| Fault::of("reading an answer", e))?;
        if read == 0 {
            return Err(Fault::new("reading an answer from a connection that was closed").into());
        }
        Ok(())
    }
}

/// What `content-length` says; names of headers come in lower case from our server.
fn length_of_body(head: &[u8]) -> usize {
    const NAME: &[u8] = b"content-length: ";
    let Some(at) = head.windows(NAME.len()).position(|name| name == NAME) else {
        return 0;
    };
    let digits = head[at + NAME.len()..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_body_is_what_the_head_says() {
        assert_eq!(
            length_of_body(b"HTTP/1.1 303 See Other\r\ncontent-length: 120\r\nlocation: /"),
            120
        );
        assert_eq!(length_of_body(b"HTTP/1.1 204 No Content"), 0);
    }
}

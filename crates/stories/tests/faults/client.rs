//! HTTP/1.1 over a socket, as little of it as a form needs, so that a server that dies is seen to die.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use stories::Page;
use stories::browser::escaped;

/// No answer takes longer, or the test has hung.
const WAIT: Duration = Duration::from_secs(20);

/// Somebody's connection to a server, with their cookies.
#[derive(Debug, Clone)]
pub struct Client {
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            cookies: BTreeMap::new(),
        }
    }

    /// One request and its answer, not followed anywhere. `Err` when the server is gone.
    pub fn get(&mut self, path: &str) -> std::io::Result<Page> {
        self.ask("GET", path, "")
    }

    /// As [`Client::get`], with a form.
    pub fn post(&mut self, path: &str, filled: &[(&str, &str)]) -> std::io::Result<Page> {
        let parts: Vec<String> = filled
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        self.ask("POST", path, &parts.join("&"))
    }

    /// Opens a sign-in link and presses its button.
    pub fn sign_in(&mut self, link: &str) -> std::io::Result<()> {
        let path = link
            .find("/sign-in/")
            .map(|at| &link[at..])
            .expect("a link has a path")
            .trim()
            .to_owned();
        let entered = self.post(&path, &[])?;
        assert_eq!(
            entered.status,
            303,
            "the link does not let in: {}",
            entered.text()
        );
        Ok(())
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> std::io::Result<Page> {
        let mut stream = TcpStream::connect_timeout(&self.address, WAIT)?;
        stream.set_read_timeout(Some(WAIT))?;
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nAccept: text/html\r\nConnection: close\r\n\
             Cookie: {1}\r\nContent-Length: {2}\r\n",
            self.address,
            cookies.join("; "),
            body.len()
        );
        if method == "POST" {
            request.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
        }
        request.push_str("\r\n");
        request.push_str(body);
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let page = read(path, &answer).ok_or(std::io::ErrorKind::UnexpectedEof)?;
        for (_, cookie) in page.headers.iter().filter(|(name, _)| name == "set-cookie") {
            if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(page)
    }
}

/// A whole answer; `None` when it was cut off.
fn read(path: &str, bytes: &[u8]) -> Option<Page> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let value = |name: &str| {
        headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    let body = &bytes[end + 4..];
    let body = match (value("content-length"), value("transfer-encoding")) {
        (Some(length), _) => body.get(..length.parse().ok()?)?.to_vec(),
        (None, Some(_)) => unchunked(body)?,
        (None, None) => body.to_vec(),
    };
    Some(Page::read(status, path, headers, body))
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 2 + size + 2..)?;
    }
}

#[test]
fn an_answer_that_was_cut_off_is_no_answer() {
    let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(read("/", whole).map(|page| page.bytes), Some(b"hello".to_vec()));
    assert!((0..whole.len()).all(|cut| read("/", &whole[..cut]).is_none()));
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    assert_eq!(read("/", chunked).map(|page| page.bytes), Some(b"hello".to_vec()));
}

//! A request in parts, each of which can be anything.

#[derive(Debug, Clone)]
pub struct Line {
    pub name: Vec<u8>,
    pub colon: Vec<u8>,
    pub value: Vec<u8>,
    pub end: Vec<u8>,
}

impl Line {
    pub fn of(name: &[u8], value: &[u8]) -> Self {
        Self { name: name.to_vec(), colon: b": ".to_vec(), value: value.to_vec(), end: b"\r\n".to_vec() }
    }

    fn bytes(&self) -> Vec<u8> {
        [&self.name[..], &self.colon, &self.value, &self.end].concat()
    }
}

#[derive(Debug, Clone)]
pub struct Chunk {
    pub size: Vec<u8>,
    pub extension: Vec<u8>,
    pub size_end: Vec<u8>,
    pub data: Vec<u8>,
    pub data_end: Vec<u8>,
}

impl Chunk {
    pub fn of(data: &[u8]) -> Self {
        let end = || b"\r\n".to_vec();
        let size = format!("{:x}", data.len()).into_bytes();
        Self { size, extension: Vec::new(), size_end: end(), data: data.to_vec(), data_end: end() }
    }

    pub fn last() -> Self {
        Self { data_end: Vec::new(), ..Self::of(b"") }
    }
}

#[derive(Debug, Clone)]
pub struct Message {
    pub before: Vec<u8>,
    pub method: Vec<u8>,
    pub target: Vec<u8>,
    pub version: Vec<u8>,
    /// On both sides of the target.
    pub spaces: [Vec<u8>; 2],
    pub end: Vec<u8>,
    pub head: Vec<Line>,
    pub blank: Vec<u8>,
    pub body: Vec<u8>,
    pub chunks: Vec<Chunk>,
    pub trailers: Vec<Line>,
    /// The last line end of a chunked body.
    pub tail: Vec<u8>,
}

impl Message {
    pub fn get(target: &[u8]) -> Self {
        let end = || b"\r\n".to_vec();
        Self {
            before: Vec::new(),
            method: b"GET".to_vec(),
            target: target.to_vec(),
            version: b"HTTP/1.1".to_vec(),
            spaces: [b" ".to_vec(), b" ".to_vec()],
            end: end(),
            head: Vec::new(),
            blank: end(),
            body: Vec::new(),
            chunks: Vec::new(),
            trailers: Vec::new(),
            tail: Vec::new(),
        }
    }

    pub fn pieces(&self) -> Vec<Vec<u8>> {
        let [before, after] = &self.spaces;
        let mut pieces =
            vec![self.before.clone(), self.method.clone(), before.clone(), self.target.clone(), after.clone()];
        pieces.extend([self.version.clone(), self.end.clone()]);
        pieces.extend(self.head.iter().map(Line::bytes));
        pieces.push(self.blank.clone());
        pieces.push(self.body.clone());
        for chunk in &self.chunks {
            let line = [&chunk.size[..], &chunk.extension, &chunk.size_end].concat();
            pieces.extend([line, chunk.data.clone(), chunk.data_end.clone()]);
        }
        pieces.extend(self.trailers.iter().map(Line::bytes));
        pieces.push(self.tail.clone());
        pieces
    }
}

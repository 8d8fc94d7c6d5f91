//! Files that come with a request, as parts of its body.

use bytes::Bytes;
use indexmap::IndexMap;

use super::Unanswered;
use crate::wire::{
    Dict, Value, multipart,
    validate::{Fault, Item},
};

/// A body that is no JSON, and what it says it is.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The content type, as the client spelled it.
    pub content_type: String,
    /// The body.
    pub body: Bytes,
}

/// A form: texts and names of files by field, and what is in the files.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// What a schema reads: a file is its name.
    pub(super) fields: Dict,
    /// What is in the files.
    pub(super) files: IndexMap<String, Bytes>,
}

impl Form {
    /// Reads a body (`location='form_and_file'`). `files` are the fields that are to be files. Without a body, or with one
    /// of JSON, a form is empty.
    ///
    /// # Errors
    /// It is legacy's to read: it is written in an unusual way, a field comes twice, or is a text where a file is wanted
    /// or the other way round.
    pub(super) fn read(upload: Option<&Upload>, files: &[&str]) -> Result<Self, Unanswered> {
        let Some(Upload { content_type, body }) = upload else { return Ok(Self::default()) };
        let parts = multipart::parts(content_type, body);
        let parts = parts.ok_or_else(|| Unanswered::declined("its body is a form of an unusual kind"))?;
        let mut form = Self::default();
        for part in parts {
            let text = match part.file {
                Some(file) if files.contains(&part.name) => {
                    form.files.insert(part.name.to_owned(), body.slice_ref(part.data));
                    file.to_owned()
                }
                None if !files.contains(&part.name) => String::from_utf8_lossy(part.data).into_owned(),
                _ => {
                    return Err(Unanswered::declined("a field of its form is a file, or is none, against expectation"));
                }
            };
            if form.fields.insert(part.name.to_owned(), Value::Str(text)).is_some() {
                return Err(Unanswered::declined("a field of its form comes twice"));
            }
        }
        Ok(form)
    }

    /// What is in a file.
    ///
    /// # Errors
    /// It has no such file, though its schema has one.
    pub(super) fn file(&self, name: &str) -> Result<Bytes, Unanswered> {
        self.files.get(name).cloned().ok_or_else(|| Unanswered::Failed(format!("its form has no file {name}")))
    }
}

/// The name of a file in a form, which has to end like this (`FileField`).
pub(super) fn named(name: &Value, ending: &str) -> Result<Item, Fault> {
    match name {
        Value::Str(name) if name.ends_with(ending) => Ok(Item::Text(name.clone())),
        Value::Str(name) => Err(Fault::message(format!("Given file {name} does not end in any of {ending}"))),
        _ => Err(Fault::legacy("a file without a name")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parts: &str) -> Result<Form, Unanswered> {
        let body = parts.split('|').fold(String::new(), |body, part| {
            let (head, data) = part.split_once('=').unwrap();
            let head = match head.split_once('<') {
                Some((name, file)) => format!("name=\"{name}\"; filename=\"{file}\""),
                None => format!("name=\"{head}\""),
            };
            body + &format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{data}\r\n")
        }) + "--x--\r\n";
        let content_type = "multipart/form-data; boundary=x".to_owned();
        Form::read(Some(&Upload { content_type, body: body.into() }), &["file"])
    }

    #[test]
    fn a_file_is_read_where_one_is_wanted_and_nowhere_else() {
        let form = read("a=1|file<b.csv=x,y").unwrap();
        assert_eq!(form.fields, Dict::from_iter([("a".into(), "1".into()), ("file".into(), "b.csv".into())]));
        assert_eq!(form.file("file").unwrap(), "x,y");
        assert!(form.file("a").is_err());
        for odd in ["file=/etc/passwd", "a<b.csv=1", "a=1|a=1", "file<a.csv=1|file<a.csv=1"] {
            assert!(matches!(read(odd), Err(Unanswered::Declined(_))), "{odd}");
        }
        assert!(Form::read(None, &["file"]).unwrap().fields.is_empty());
    }

    #[test]
    fn a_file_of_another_kind_is_refused_by_its_name() {
        assert_eq!(named(&"a.csv".into(), ".csv").unwrap(), Item::Text("a.csv".into()));
        let refused = named(&"a.CSV".into(), ".csv").unwrap_err();
        assert!(format!("{refused:?}").contains("Given file a.CSV does not end in any of .csv"));
    }
}

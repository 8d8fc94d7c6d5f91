//! What a handler may ask for: the request, the session, the databases.

use std::{
    fmt,
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    Stop, Unanswered,
    gate::{Stamp, mismatch, versioned, written},
    handler::{Handler, Takes},
    staleness::Staleness,
    upload::{Form, Upload},
};
use crate::{
    config::{Cache, Outbound, Worded},
    db::{Database as Opened, DbError, Transaction},
    outbound::{Client, Reach, Service},
    schema::needs::Database,
    session::{Session, Who, state::View, who::User},
    wire::{
        Answer, Value,
        location::{Reading, Sources, read},
        validate::{Item, Known, Question, Record},
    },
};

/// How often a reading may ask further questions.
const ROUNDS: usize = 8;

/// One request, as a handler sees it.
#[derive(Clone)]
pub struct Context {
    /// The raw query string, without the question mark; empty if there is none.
    pub query: String,
    /// Variables of the path, decoded, in pattern order; `{name:int}` is an int.
    pub variables: Vec<(String, Value)>,
    /// The body, if the request says that it is JSON; any other is ignored.
    pub body: Option<Value>,
    upload: Option<Upload>,
    session: Arc<Session>,
    outage: Option<Duration>,
    staleness: Staleness,
    outbound: Option<(Arc<Client>, Outbound)>,
    handler: Option<Handler>,
}

impl Context {
    /// The context of one request.
    #[must_use]
    pub fn new(
        query: String,
        variables: Vec<(String, Value)>,
        body: Option<Value>,
        session: Arc<Session>,
        outage: Option<Duration>,
    ) -> Self {
        Self {
            query,
            variables,
            body,
            upload: None,
            session,
            outage,
            staleness: Staleness::default(),
            outbound: None,
            handler: None,
        }
    }

    /// Likewise, where legacy is told what a write leaves stale in its memory.
    #[must_use]
    pub fn telling(self, staleness: Staleness) -> Self {
        Self { staleness, ..self }
    }

    /// Likewise, with a body that is no JSON.
    #[must_use]
    pub fn uploading(self, upload: Option<Upload>) -> Self {
        Self { upload, ..self }
    }

    /// Likewise, with a way to servers of others, as far as the configuration allows it.
    #[must_use]
    pub fn reaching(self, client: Arc<Client>, config: Outbound) -> Self {
        Self { outbound: Some((client, config)), ..self }
    }

    /// Likewise, of this handler, whose declarations are looked at.
    #[must_use]
    pub(super) fn of(self, handler: Handler) -> Self {
        Self { handler: Some(handler), ..self }
    }

    /// The way to a server of others.
    ///
    /// # Errors
    /// It is legacy's to ask.
    pub fn reach(&self, service: Service) -> Result<Reach, Unanswered> {
        let reach = self.outbound.as_ref().and_then(|(client, config)| Reach::to(service, client, config));
        reach.ok_or_else(|| Unanswered::declined(format!("{} is legacy's to ask", service.word())))
    }

    /// What the handler is about to commit leaves this cache of legacy's stale, which only some of its requests do (those
    /// that always do: [`super::Handler::leaves_stale`]). To be said before the first commit. Legacy is told after the
    /// handler's end.
    ///
    /// # Errors
    /// Nothing in legacy would drop that cache: the request is legacy's.
    pub fn leaves_stale(&self, cache: Cache) -> Result<(), Unanswered> {
        self.staleness.note(cache)
    }

    /// The arguments that the handler declares ([`super::Handler::takes`]), or the answer that legacy gives to wrong ones.
    /// Ask who is logged in first: legacy does.
    ///
    /// # Errors
    /// They are legacy's to judge.
    pub fn arguments(&self) -> Result<Record, Stop> {
        match self.reading(&Known::new())? {
            Reading::Loaded(record) => Ok(record),
            Reading::Refused(answer) => Err(Stop::Refused(answer)),
            Reading::Asked(_) => {
                Err(Unanswered::Failed("its schema asks a database; use arguments_known".into()).into())
            }
            Reading::Legacy(why) => Err(Unanswered::declined(why).into()),
        }
    }

    /// Likewise, the arguments of an endpoint that takes a form with files, and the files. A file is read as its name.
    ///
    /// # Errors
    /// They are legacy's to judge.
    pub(super) fn form(&self) -> Result<(Record, Form), Stop> {
        let files: Vec<&str> = self.takes()?.schema.files().collect();
        let form = Form::read(self.upload.as_ref(), &files)?;
        let body = Some(Value::Dict(form.fields.clone()));
        let reading = Self { body, ..self.clone() }.arguments();
        Ok((reading?, form))
    }

    /// Likewise, for a schema whose fields ask a database. `answer` is given the questions and answers each of them, in
    /// their order, with the argument to take or the message to refuse it with.
    ///
    /// # Errors
    /// They are legacy's to judge, or a question has no answer.
    pub async fn arguments_known<F, A>(&self, answer: F) -> Result<Record, Stop>
    where
        F: Fn(Vec<Question>) -> A,
        A: Future<Output = Result<Vec<Result<Item, String>>, Unanswered>>,
    {
        let mut known = Known::new();
        for _ in 0..ROUNDS {
            match self.reading(&known)? {
                Reading::Loaded(record) => return Ok(record),
                Reading::Refused(answer) => return Err(Stop::Refused(answer)),
                Reading::Asked(questions) => {
                    let answers = answer(questions.clone()).await?;
                    known.extend(questions.into_iter().zip(answers));
                }
                Reading::Legacy(why) => return Err(Unanswered::declined(why).into()),
            }
        }
        Err(Unanswered::Failed("its arguments raise ever new questions".into()).into())
    }

    fn reading(&self, known: &Known) -> Result<Reading, Unanswered> {
        let takes = self.takes()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let sources = Sources { body: self.body.as_ref(), query: &self.query, path: &self.variables };
        Ok(read(takes.schema, takes.location, sources, i64::try_from(now).unwrap_or(i64::MAX), known))
    }

    fn takes(&self) -> Result<Takes, Unanswered> {
        let declared = self.handler.and_then(|handler| handler.takes);
        declared.ok_or_else(|| Unanswered::Failed("its handler declares no arguments".into()))
    }

    /// What is known of the session.
    ///
    /// # Errors
    /// Legacy has been unreachable for too long.
    pub fn view(&self) -> Result<View, Unanswered> {
        Ok(self.session.view(self.outage)?)
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Who is logged in, if anybody is.
    ///
    /// # Errors
    /// That is not known.
    pub fn who(&self) -> Result<Option<User>, Unanswered> {
        let view = self.view()?;
        if view.in_between {
            return Err(Unanswered::declined("who is logged in may be changing just now"));
        }
        match view.who {
            Who::User(user) => Ok(Some(user)),
            Who::Nobody => Ok(None),
            Who::Unknown => Err(Unanswered::declined("who is logged in is not known")),
        }
    }

    /// The logged-in user of an endpoint behind the login.
    ///
    /// # Errors
    /// Nobody is logged in: the refusal that every such endpoint gives. Or that is not known.
    pub fn login(&self) -> Result<User, Stop> {
        let declares = |handler: &Handler| handler.refuses.contains(&401);
        debug_assert!(self.handler.as_ref().is_none_or(declares), "{:?} does not declare 401", self.handler);
        self.who()?.ok_or_else(|| Stop::Refused(Answer::not_logged_in()))
    }

    /// The logged-in user of an endpoint that needs one without asking for one: legacy fails in its own way if nobody is.
    ///
    /// # Errors
    /// Nobody is logged in, or that is not known.
    pub fn user(&self) -> Result<User, Unanswered> {
        self.who()?.ok_or_else(|| Unanswered::declined("without a user legacy fails in its own way"))
    }

    /// Reads the user's database in one transaction, after checking that its schema is the one the handlers know.
    ///
    /// # Errors
    /// No key, another schema version, files let go of, or the read's own.
    pub async fn read_user<T, F>(&self, user: &User, read: F) -> Result<T, Unanswered>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, DbError> + Send + 'static,
    {
        let database = self.session.user_database(user).await?;
        let outcome = database.read(versioned(Database::User, read)).await;
        if let Err(error) = &outcome {
            self.session.note_failure(&user.name, error);
        }
        outcome?.map_err(|found| mismatch(Database::User, found, &database))
    }

    /// Reads the user's transient database in one transaction, likewise.
    ///
    /// # Errors
    /// No key, another schema version, files let go of, or the read's own.
    pub async fn read_transient<T, F>(&self, user: &User, read: F) -> Result<T, Unanswered>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, DbError> + Send + 'static,
    {
        let database = self.session.transient_database(user).await?;
        let outcome = database.read(versioned(Database::Transient, read)).await?;
        outcome.map_err(|found| mismatch(Database::Transient, found, &database))
    }

    /// Writes to the user's database in one transaction, after the same check. What the closure did is committed if it
    /// gives `Ok(Ok(_))`; a refusal inside (`Ok(Err(_))`) rolls it back, as an exception does in legacy. It may be run
    /// again, when another process was quicker.
    ///
    /// Whatever error comes out of this, nothing was changed by it: until something else was committed for the same
    /// request, the request may be forwarded.
    ///
    /// # Errors
    /// As [`Context::read_user`], and the closure's refusal.
    pub async fn write_user<T, F>(&self, user: &User, stamp: Stamp, write: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: FnMut(&Transaction<'_>) -> Result<Result<T, Stop>, DbError> + Send + 'static,
    {
        self.session.files.allow_writes();
        let database = self.session.user_database(user).await?;
        let outcome = database.write(written(Database::User, stamp, write)).await;
        if let Err(error) = &outcome {
            self.session.note_failure(&user.name, error);
        }
        outcome?.map_err(|found| mismatch(Database::User, found, &database))?
    }

    /// Writes to the user's transient database in one transaction, likewise.
    ///
    /// # Errors
    /// As [`Context::write_user`].
    pub async fn write_transient<T, F>(&self, user: &User, write: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: FnMut(&Transaction<'_>) -> Result<Result<T, Stop>, DbError> + Send + 'static,
    {
        self.session.files.allow_writes();
        let database = self.session.transient_database(user).await?;
        let outcome = database.write(written(Database::Transient, Stamp::None, write)).await?;
        outcome.map_err(|found| mismatch(Database::Transient, found, &database))?
    }

    /// Writes to global.db in one transaction, likewise.
    ///
    /// # Errors
    /// As [`Context::write_user`].
    pub async fn write_global<T, F>(&self, write: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: FnMut(&Transaction<'_>) -> Result<Result<T, Stop>, DbError> + Send + 'static,
    {
        self.session.files.allow_writes();
        let database = self.session.files.global().await?;
        let outcome = database.write(written(Database::Global, Stamp::None, write)).await?;
        outcome.map_err(|found| mismatch(Database::Global, found, &database))?
    }

    /// The three databases that a user has to do with, opened for writing.
    ///
    /// # Errors
    /// No key, files let go of, or one that can not be opened.
    pub async fn all_databases(&self, user: &User) -> Result<[Opened; 3], Unanswered> {
        self.session.files.allow_writes();
        Ok([
            self.session.user_database(user).await?,
            self.session.transient_database(user).await?,
            self.session.files.global().await?,
        ])
    }

    /// Reads global.db in one transaction, likewise.
    ///
    /// # Errors
    /// Another schema version, or the read's own.
    pub async fn read_global<T, F>(&self, read: F) -> Result<T, Unanswered>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, DbError> + Send + 'static,
    {
        let database = self.session.files.global().await?;
        let outcome = database.read(versioned(Database::Global, read)).await?;
        outcome.map_err(|found| mismatch(Database::Global, found, &database))
    }
}

/// Without query and body: there may be passwords in them.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("outage", &self.outage).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        db::Options,
        handlers::handler::Answering,
        session::files::Files,
        wire::{
            Location,
            parse::parse,
            validate::{Kind, Schema, field},
        },
    };

    static ASSETS: Schema =
        Schema::new(&[field("from", Kind::Asset("asset")).required(), field("to", Kind::Asset("asset")).required()]);

    /// As a handler does it, its future one that may move between threads.
    fn run(context: Context) -> Answering {
        Box::pin(async move {
            let known = context.arguments_known(|questions| async {
                tokio::task::yield_now().await;
                assert!(context.body.is_some());
                let answer = |question: Question| match question.value.as_str() {
                    "ETH" => Ok(Item::Text("ETH".into())),
                    value => Err(format!("Unknown asset {value} provided.")),
                };
                Ok(questions.into_iter().map(answer).collect())
            });
            Ok(Answer::ok(known.await?.text("to")?)?)
        })
    }

    #[tokio::test]
    async fn what_a_schema_asks_is_answered_and_its_messages_stand_in_their_places() {
        for (body, status, text) in [
            (r#"{"from": "ETH", "to": "ETH"}"#, 200, r#"{"result": "ETH", "message": ""}"#),
            (
                r#"{"from": "x", "to": "y"}"#,
                400,
                r#"{"message":"{\"from\": [\"Unknown asset x provided.\"], \"to\": [\"Unknown asset y provided.\"]}","result":null}"#,
            ),
            (
                r#"{"from": "x"}"#,
                400,
                r#"{"message":"{\"from\": [\"Unknown asset x provided.\"], \"to\": [\"Missing data for required field.\"]}","result":null}"#,
            ),
        ] {
            let files = Files::new(None, Options { readers: 1, ..Options::default() });
            let body_value = parse(body.as_bytes()).unwrap();
            let context =
                Context::new(String::new(), Vec::new(), Some(body_value), Arc::new(Session::new(files)), None)
                    .of(Handler::reads("x", "GET /api/1/x", run).takes(&ASSETS, Location::Json));
            let (Ok(answer) | Err(Stop::Refused(answer))) = run(context).await else {
                panic!("left to legacy: {body}")
            };
            let written = std::str::from_utf8(&answer.body).unwrap().trim_end();
            assert_eq!((answer.status, written), (status, text), "{body}");
        }
    }
}

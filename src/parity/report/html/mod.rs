//! One self-contained page: no scripts, styles, fonts or pictures from elsewhere, and a policy that forbids them.
//!
//! - `page`: the document, its head, the numbers
//! - `routes`: the routes with their bars, and what agrees in each
//! - `case`: one case with its differences, headers, bodies and command
//! - `sides`: two texts side by side
//! - `style.css`, `script.js`: all of it works without the script, too

mod case;
mod page;
mod routes;
mod sides;

pub use page::html;

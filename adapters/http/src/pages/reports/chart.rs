//! Pictures of numbers, made here as SVG. Widths are parts of whatever width there is, and heights are pixels: words in them
//! stay as large on a telephone as at a desk. The colours are classes, so that they follow the theme.

/// A picture.
#[derive(Clone, Debug)]
pub enum Chart {
    /// Bars that lie one below the other.
    Bars(Bars),
    /// Columns that stand side by side.
    Columns(Columns),
}

/// What a colour means.
pub type Legend = Vec<(u8, String)>;

/// How high a bar with its words is.
const ROW: usize = 42;
/// How high columns become.
const HIGH: f64 = 160.0;
/// What stands above the columns.
const HEAD: f64 = 18.0;
/// No more bars than can be looked at: the table has them all.
const MOST_BARS: usize = 12;
/// No longer words than a telephone has room for beside the number.
const LONGEST: usize = 34;

/// Bars that lie one below the other.
#[derive(Clone, Debug)]
pub struct Bars {
    /// What the picture shows, in words.
    pub label: String,
    /// Its height.
    pub height: usize,
    /// The bars.
    pub rows: Vec<Bar>,
    /// What the colours mean; empty where there is but one.
    pub legend: Legend,
}

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Where its words stand.
    pub text_y: usize,
    /// Where it lies.
    pub y: usize,
    /// What it is about.
    pub label: String,
    /// Its number, in words.
    pub value: String,
    /// Its parts, the widest first: colour and width.
    pub parts: Vec<(u8, String)>,
    /// Where it ended before; empty if nothing is compared, or there was nothing.
    pub mark: String,
}

/// A bar to be drawn: what it is about, its number in words, the values of its parts, and its widest value before.
pub type Drawn = (String, String, Vec<u64>, Option<u64>);

impl Bars {
    /// Draws them, each by a measure of its own: what it is about, its number in words, how much it is and how much it may be.
    /// What is close to its end has another colour, and so has what is beyond it.
    pub fn against(label: String, drawn: Vec<(String, String, u64, u64)>) -> Self {
        let bar = |(place, (label, value, used, most)): (usize, (String, String, u64, u64))| {
            let part = used.saturating_mul(100).checked_div(most).unwrap_or(100);
            let colour = match part {
                ..80 => 1,
                80..=100 => 3,
                _ => 4,
            };
            Bar {
                text_y: place * ROW + 14,
                y: place * ROW + 22,
                label: shortened(&label),
                value,
                parts: vec![(colour, percent(used.min(most.max(1)), most.max(1)))],
                mark: String::new(),
            }
        };
        let rows: Vec<_> = drawn.into_iter().enumerate().map(bar).collect();
        Self { label, height: rows.len() * ROW, rows, legend: Vec::new() }
    }

    /// Draws them, all by one measure.
    pub fn of(label: String, drawn: Vec<Drawn>, legend: Legend) -> Self {
        let drawn: Vec<_> = drawn.into_iter().take(MOST_BARS).collect();
        let widest = drawn.iter().flat_map(|(_, _, parts, before)| parts.iter().chain(before)).max().copied();
        let widest = widest.unwrap_or_default();
        let bar = |(place, (label, value, parts, before)): (usize, Drawn)| Bar {
            text_y: place * ROW + 14,
            y: place * ROW + 22,
            label: shortened(&label),
            value,
            parts: (0_u8..).zip(parts).map(|(colour, part)| (colour, percent(part, widest))).collect(),
            mark: before.filter(|before| *before > 0).map(|before| percent(before, widest)).unwrap_or_default(),
        };
        let rows: Vec<_> = drawn.into_iter().enumerate().map(bar).collect();
        Self { label, height: rows.len() * ROW, rows, legend }
    }
}

/// Columns that stand side by side.
#[derive(Clone, Debug)]
pub struct Columns {
    /// What the picture shows, in words.
    pub label: String,
    /// The columns' parts.
    pub rects: Vec<Rect>,
    /// The heights there were before.
    pub marks: Vec<Rect>,
    /// The lines behind them: where, and what it means.
    pub lines: Vec<(String, String)>,
    /// The words below: where, how they are anchored, what they say.
    pub words: Vec<(String, &'static str, String)>,
    /// What the colours mean.
    pub legend: Legend,
}

/// A part of a column.
#[derive(Clone, Debug)]
pub struct Rect {
    /// Its colour.
    pub colour: u8,
    /// Where it begins.
    pub x: String,
    /// Where its top is.
    pub y: String,
    /// Its width.
    pub width: String,
    /// Its height.
    pub height: String,
}

/// A column to be drawn: what it is about, the values of its parts, the highest first, and its highest value before.
pub type Stood = (String, Vec<u64>, Option<u64>);

impl Columns {
    /// Draws them; `number` says what a number is in words.
    pub fn of(label: String, stood: &[Stood], legend: Legend, number: impl Fn(u64) -> String) -> Self {
        let highest = stood.iter().flat_map(|(_, parts, before)| parts.iter().chain(before)).max().copied();
        let top = round_up(highest.unwrap_or_default());
        let (mut rects, mut marks, mut words) = (Vec::new(), Vec::new(), Vec::new());
        let all = stood.len();
        for (place, (word, parts, before)) in stood.iter().enumerate() {
            let rect = |colour, value, thin| rect(place, all, height(value, top), colour, thin);
            let parts = (0_u8..).zip(parts.iter().copied()).filter(|(_, part)| *part > 0);
            rects.extend(parts.map(|(colour, part)| rect(colour, part, false)));
            marks.extend(before.filter(|before| *before > 0).map(|before| rect(0, before, true)));
            if let Some(anchor) = anchored(place, all) {
                let at = match anchor {
                    "start" => place_of(place, all),
                    "end" => place_of(place + 1, all),
                    _ => f64::midpoint(place_of(place, all), place_of(place + 1, all)),
                };
                words.push((format!("{at:.2}%"), anchor, word.clone()));
            }
        }
        let lines = [top, top / 2].into_iter().filter(|value| *value > 0);
        let lines = lines.map(|value| (format!("{:.1}", HEAD + HIGH - height(value, top)), number(value))).collect();
        Self { label, rects, marks, lines, words, legend }
    }

    /// Where the columns stand.
    #[expect(clippy::unused_self, reason = "a template asks the picture")]
    pub fn foot(&self) -> String {
        format!("{:.1}", HEAD + HIGH)
    }

    /// How high the picture is, with the words below.
    #[expect(clippy::unused_self, reason = "a template asks the picture")]
    pub fn height(&self) -> String {
        format!("{:.0}", HEAD + HIGH + 22.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a picture is looked at, not reckoned with")]
fn place_of(place: usize, all: usize) -> f64 {
    place as f64 * 100.0 / all.max(1) as f64
}

#[expect(clippy::cast_precision_loss, reason = "a picture is looked at, not reckoned with")]
fn height(value: u64, top: u64) -> f64 {
    if top == 0 { 0.0 } else { value as f64 * HIGH / top as f64 }
}

#[expect(clippy::cast_precision_loss, reason = "a picture is looked at, not reckoned with")]
fn percent(value: u64, widest: u64) -> String {
    if widest == 0 { "0%".to_owned() } else { format!("{:.2}%", value as f64 * 100.0 / widest as f64) }
}

fn rect(place: usize, all: usize, high: f64, colour: u8, thin: bool) -> Rect {
    let (from, until) = (place_of(place, all), place_of(place + 1, all));
    let (wide, y) = ((until - from) * 0.72, HEAD + HIGH - high);
    let (y, high) = if thin { (y - 1.0, 2.0) } else { (y, high) };
    let side = (until - from) * 0.14;
    Rect {
        colour,
        x: format!("{:.3}%", from + side),
        y: format!("{y:.1}"),
        width: format!("{wide:.3}%"),
        height: format!("{high:.1}"),
    }
}

/// Whether words stand below that column, and how: the first, the last, and the middle one where there is room.
fn anchored(place: usize, all: usize) -> Option<&'static str> {
    match place {
        0 => Some("start"),
        _ if place + 1 == all => Some("end"),
        _ if all >= 5 && place == all / 2 => Some("middle"),
        _ => None,
    }
}

/// The next number that is read at a glance, and whose half is one too.
fn round_up(value: u64) -> u64 {
    let mut unit = 1;
    while value > unit * 10 {
        unit *= 10;
    }
    [2, 4, 6, 8, 10].into_iter().map(|times| times * unit).find(|round| *round >= value).unwrap_or(value)
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= LONGEST {
        return label.to_owned();
    }
    let kept: String = label.chars().take(LONGEST - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_a_round_number_not_below_what_it_holds() {
        for (value, top) in
            [(0, 2), (1, 2), (3, 4), (10, 10), (11, 20), (61, 80), (99, 100), (101, 200), (1_000, 1_000)]
        {
            assert_eq!(round_up(value), top, "{value}");
        }
    }

    #[test]
    fn bars_are_parts_of_the_widest_and_nothing_is_no_bar() {
        let drawn = |parts: &[u64], before| ("x".repeat(40), String::new(), parts.to_vec(), before);
        let bars = Bars::of(String::new(), vec![drawn(&[50, 5], None), drawn(&[10], Some(100))], Vec::new());
        assert_eq!(bars.rows[0].parts, [(0, "50.00%".to_owned()), (1, "5.00%".to_owned())]);
        assert_eq!((bars.rows[1].mark.as_str(), bars.height), ("100.00%", 2 * ROW));
        assert_eq!(bars.rows[0].label.chars().count(), LONGEST);
        let nothing = Bars::of(String::new(), vec![drawn(&[0], None)], Vec::new());
        assert_eq!(nothing.rows[0].parts, [(0, "0%".to_owned())]);
    }

    #[test]
    fn columns_stand_on_one_foot_and_within_the_picture() {
        let stood: Vec<Stood> = (0..7).map(|n| (n.to_string(), vec![n * 3, n], Some(20 - n))).collect();
        let columns = Columns::of(String::new(), &stood, Vec::new(), |number| number.to_string());
        for rect in &columns.rects {
            let (y, height): (f64, f64) = (rect.y.parse().unwrap(), rect.height.parse().unwrap());
            assert!((y + height - HEAD - HIGH).abs() < 0.2 && y >= HEAD, "{rect:?}");
            assert!(rect.x.trim_end_matches('%').parse::<f64>().unwrap() < 100.0);
        }
        assert_eq!(columns.marks.len(), 7);
        let words: Vec<_> = columns.words.iter().map(|(_, anchor, word)| (*anchor, word.as_str())).collect();
        assert_eq!(words, [("start", "0"), ("middle", "3"), ("end", "6")]);
    }
}

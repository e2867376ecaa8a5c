//! What was wanted, beside what was measured.

struct Goal {
    what: String,
    figure: String,
    wanted: String,
    reached: bool,
}

#[derive(Default)]
pub struct Goals(Vec<Goal>);

impl Goals {
    /// A share of 1 that should not be lower.
    pub fn at_least(&mut self, what: &str, figure: f64, least: f64) {
        let reached = figure >= least;
        self.add(what, format!("{figure:.4}"), format!(">= {least}"), reached);
    }

    /// Something with a unit that should not be more.
    pub fn at_most(&mut self, what: &str, figure: f64, most: f64, unit: &str) {
        let reached = figure <= most;
        self.add(what, format!("{figure:.2} {unit}"), format!("<= {most} {unit}"), reached);
    }

    fn add(&mut self, what: &str, figure: String, wanted: String, reached: bool) {
        self.0.push(Goal { what: what.to_owned(), figure, wanted, reached });
    }

    /// Prints the table, whatever was reached.
    pub fn print(&self, heading: &str) {
        println!("\n{heading}");
        println!("{:<48} {:>12}  {:<12} reached", "what", "figure", "goal");
        for goal in &self.0 {
            let reached = if goal.reached { "yes" } else { "NO" };
            println!("{:<48} {:>12}  {:<12} {reached}", goal.what, goal.figure, goal.wanted);
        }
    }
}

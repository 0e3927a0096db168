//! Those who play: they go on by the script where it says how, and play where it does not yet.

use super::explorer::Explored;
use super::footprint::{Footprint, Places};
use super::scene::Scene;
use super::script::Script;
use super::stage::{Choice, Play, Stage};
use std::collections::BTreeSet;

pub(super) struct Company<'a, P> {
    place: &'a P,
    kinds: Vec<usize>,
    script: Script,
    places: Places,
    /// How often it was played.
    pub(super) played: usize,
}

/// It was not as it says in the script who uses what: what was cut short for that has to be seen, so all begins anew.
pub(super) struct Anew;

/// Prints the schedule when a check of its end fails.
struct Trace(String);

impl Drop for Trace {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the schedule:\n{}", self.0);
        }
    }
}

impl<'a, P: Play> Company<'a, P> {
    pub(super) fn new(place: &'a P) -> Self {
        Self { place, kinds: place.kinds(), script: Script::default(), places: Places::default(), played: 0 }
    }

    /// The scene before anybody has begun.
    pub(super) async fn beginning(&mut self) -> Scene {
        self.script.grown = false;
        Stage::new(&self.place.again(), &mut self.script).scene().await
    }

    /// The actor begins or goes on: what that touches. `choices` are all so far with this one, and asked for only if they have
    /// to be played.
    pub(super) async fn step(
        &mut self,
        scene: &mut Scene,
        actor: usize,
        choices: impl Iterator<Item = Choice>,
    ) -> Result<Footprint, Anew> {
        if let Some(touched) = self.by_script(scene, actor).await {
            return Ok(touched);
        }
        let place = self.place.again();
        let mut stage = Stage::new(&place, &mut self.script);
        for choice in choices {
            stage.take(choice).await;
        }
        stage.finish().await;
        self.played += 1;
        if self.script.grown {
            return Err(Anew);
        }
        Ok(self.by_script(scene, actor).await.expect("it was just written down"))
    }

    /// The same for any choice.
    pub(super) async fn take(&mut self, scene: &mut Scene, before: &[Choice], choice: Choice) -> Result<(), Anew> {
        match choice {
            Choice::Wait(time) => scene.wait(time),
            Choice::Go(actor) => drop(self.step(scene, actor, before.iter().copied().chain([choice])).await?),
        }
        Ok(())
    }

    async fn by_script(&mut self, scene: &mut Scene, actor: usize) -> Option<Footprint> {
        let mut next = scene.clone();
        let touched = next.step(actor, &self.script, &mut self.places).await?;
        *scene = next;
        Some(touched)
    }

    pub(super) fn key(&self, scene: &Scene) -> (u64, Vec<usize>) {
        scene.key(&self.kinds)
    }

    /// What was explored, with what is known of it here.
    pub(super) fn explored(&self, orders: usize, states: usize, ends: BTreeSet<u64>) -> Explored {
        Explored { orders, played: self.played, states, contested: self.script.uses.contested(), ends }
    }

    /// Plays these choices and looks that they lead to where the script led; and what it came to, if all have ended there.
    pub(super) async fn play(&mut self, choices: impl Iterator<Item = Choice>, scene: &Scene) -> Result<(), Anew> {
        let place = self.place.again();
        let mut stage = Stage::new(&place, &mut self.script);
        for choice in choices {
            stage.take(choice).await;
        }
        self.played += 1;
        let is_now = stage.scene().await;
        let (said, told) = stage.end();
        if self.script.grown {
            return Err(Anew);
        }
        assert_eq!(self.key(&is_now), self.key(scene), "it is played as it says in the script:\n{told}");
        if let Some(said) = said {
            let _trace = Trace(told);
            place.check(said).await;
        }
        Ok(())
    }
}

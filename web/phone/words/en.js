// What the start page says in English, and what may have to be said at any time.
export const EN = {
  page_title: "Articket · Where your photo becomes art",
  other_language: "한국어",
  photo_there: "Your photo is here. The painters have begun.", photo_there_first: "Your photo is here. Your painter begins when the quiz is done.",
  monitor_asking: "Saying hello to the monitor…", monitor_there: "You play on “{name}”", expired: "This code has had its moment", expired_lead: "The codes change all the time. Please scan the one on the monitor again.", without_monitor: "Go on without the monitor",
  under_way: "Your visit is still open", under_way_lead: "Go on where you were, or begin anew with another photo.", go_on: "Go on",
  intake_paused: "A short break",
  offline: "No network right now. Everything goes on by itself.", online: "The network is back.",
  again: "Start with a new photo",
};

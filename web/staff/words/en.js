// What the staff page says in English.
export const EN = {
  page_title: "Articket · Staff",
  other_language: "한국어", menu: "Menu", close: "Close", cancel: "Cancel", keep: "Keep it", dismiss: "Dismiss",
  tickets: "Tickets", booth: "Booth", views: "Views", troubles_count: "{n} to mend",

  sign_in: "Sign in", sign_in_lead: "Enter the staff PIN.", pin: "Staff PIN", digit_back: "Delete the last digit", pin_pad: "Digits",
  signing_in: "Signing in…", expired: "Your time is up, sign in again. You go on where you were.", sign_out: "Sign out", signed_out: "Signed out.",
  locked: "Too many tries", locked_again: "Again in", looking: "Looking…",
  change_pin: "Change the PIN", pin_now: "The PIN now", pin_new: "New PIN", pin_new_hint: "6 to 12 digits, not 111111 or 123456", pin_again: "New PIN once more", pin_save: "Change it", pin_saving: "Changing…",
  pin_lead: "Everybody else is signed out when it changes.", pin_done: "The PIN is changed. Everybody else is signed out.", pin_short: "The new PIN needs 6 to 12 digits.", pin_differs: "The two new PINs are not the same.",

  open: "Open", paused: "Paused", not_ready: "Not ready", no_connection: "No connection", as_of: "You see the booth as of {time}. It goes on by itself.",
  no_connection_yet: "The booth does not answer. We keep trying.",
  summary_today: "Tickets: {n} today", summary_hour: "{n} in the last hour", summary_open: "Visits open: {n}",
  missing: "Not answering: {services}. It opens by itself when they are back.", service_caption: "captions", service_stylize: "the painters", service_ticket: "the ticket maker", service_gateway: "the gateway", service_database: "the database", service_store: "the picture store",
  paused_with: "Visitors read:", paused_silent: "Visitors are asked to come back later.", pause: "Pause", resume: "Open again", resumed: "Visitors can begin again.", edit_message: "Change the message",
  pause_title: "Pause new visits", pause_lead: "Visits under way are finished. New visitors read this:", message_ko: "In Korean", message_en: "In English", pause_now: "Pause now", message_save: "Show this message", pausing: "Pausing…", paused_done: "New visits are paused.", suggestions: "Ready-made",

  mend: "To mend", today: "Today", tickets_today: "Tickets", last_hour: "In the last hour", visits_today: "Visits", visits_open: "Open now", cost_today: "Cost", cost_each: "Per ticket",
  per_hour: "Tickets per hour", hour: "Hour",
  printing: "Printing", automatic: "Print by itself", automatic_lead: "Every ticket is printed as soon as it is ready.", automatic_off: "Tickets wait for your tap.", pause_printing: "Pause printing", pause_printing_on: "Tickets wait in order.", pause_printing_off: "Tickets go straight to the printer.",
  no_printing: "No printer is set up. Tickets can be opened as PDF.", waiting_to_print: "Waiting to print", sink_folder: "Folder", sink_ipp: "Printer", sink_store: "Cloud folder",
  sink_idle: "Ready", sink_printing: "Printing", sink_waiting: "Waiting", sink_stopped: "Stopped", sink_counts: "{waiting} waiting · {printed} printed",
  printing_paused: "Printing is paused", printing_paused_lead: "Tickets waiting in order: {n}", go_on_printing: "Go on printing", changed: "Changed.",

  reason_media_empty: "Paper is out", next_media_empty: "Fill in paper. Printing goes on by itself.", reason_media_needed: "Paper is missing", next_media_needed: "Put in the right paper. Printing goes on by itself.",
  reason_media_jam: "Paper is stuck", next_media_jam: "Open the printer and take the paper out. Printing goes on by itself.", reason_offline: "The printer does not answer", next_offline: "Look whether it is switched on and has its network. Printing goes on by itself.",
  reason_busy: "The printer is busy", next_busy: "Nothing to do: tickets follow in order.", reason_cover_open: "A cover is open", next_cover_open: "Close the cover. Printing goes on by itself.", reason_door_open: "A door is open", next_door_open: "Close the door. Printing goes on by itself.",
  reason_marker_supply_empty: "Ink is out", next_marker_supply_empty: "Put in a new cartridge. Printing goes on by itself.", reason_marker_supply_low: "Ink is low", next_marker_supply_low: "Keep a new cartridge at hand.", reason_media_low: "Paper is low", next_media_low: "Keep paper at hand.",
  reason_refused: "The printer refused a ticket", next_refused: "Look at its paper size and settings, then print that ticket again.", reason_input_tray_missing: "The paper tray is missing", next_input_tray_missing: "Push the tray in. Printing goes on by itself.", reason_output_area_full: "The output tray is full", next_output_area_full: "Take the tickets out. Printing goes on by itself.", reason_no_sink: "That printer is not set up any more", next_no_sink: "Cancel it and print again.",
  reason_outcome_unknown: "It is not known whether this ticket came out", next_outcome_unknown: "Look into the tray. If it is not there, cancel it and print again.", reason_partly_printed: "Some copies came out, then it stopped", next_partly_printed: "Count what lies in the tray. Cancel it and print what is missing.", reason_aborted: "The printer gave this ticket up", next_aborted: "Look at the printer, then print the ticket again.", reason_cancelled_at_printer: "Somebody cancelled it at the printer", next_cancelled_at_printer: "Print it again if it is wanted.", reason_ticket_missing: "The ticket has been erased", next_ticket_missing: "Nothing to do.",
  reason_paused: "The printer itself is paused", next_paused: "Press go on at the printer.",
  reason_unknown: "The printer says “{word}”", next_unknown: "Look at its display. Printing goes on by itself.", reason_stopped: "The printer has stopped", next_stopped: "Look at its display. Printing goes on by itself.",

  place_offline: "It cannot be reached", place_next_offline: "Look whether the network is there. Tickets follow by themselves.", place_unwritable: "It cannot be written", place_next_unwritable: "Make room on the disk, or call the operator.", place_refused: "A ticket was refused", place_next_refused: "Call the operator: the address or the rights may be wrong.", place_stopped: "It has stopped", place_next_stopped: "Call the operator. Tickets follow by themselves.", place_unknown: "It says “{word}”", place_next_unknown: "Call the operator. Tickets follow by themselves.",

  kiosks: "Kiosks", no_kiosks: "No monitor is paired yet.", connected_now: "Connected", not_connected: "Not connected since {time}", since: "since {time}", not_connected_ever: "Not connected", code: "Code", in_use: "In use · question {at} of {count}", in_use_photo: "In use · the photo is on its way", free: "Free", release: "Free it", releasing: "Freeing…", released: "The monitor is free.", unpair: "Unpair",
  unpair_sure: "Unpair {name}? It has to be paired again with a code.", unpair_yes: "Unpair", unpairing: "Unpairing…", unpaired: "Unpaired.", kiosk_away: "{name} is not connected", next_kiosk_away: "Look whether the monitor is on and has its network. It comes back by itself.",
  pair: "Pair a kiosk", pairing: "Making a code…", pair_lead: "Open {address} on the monitor and type this code there.", pair_left: "Good for", pair_over: "This code has run out.", pair_anew: "New code", pair_ready: "The code is {code}.", paired: "{name} is paired.",

  artists: "Artists", waiting: "Waiting", running: "Painting", done_count: "Done", failed_count: "Failed", median: "Median", seconds: "{n} s", no_artists: "No artist is at work.",
  left_out: "Left out", left_out_lead: "These folders could not be read; the others paint.", fault: "{key}: expected {expected}, found {found}.",

  find: "Find a ticket number", find_clear: "Clear the search", filter: "Show", show_all: "All", show_print: "To print", show_trouble: "Trouble", fresh: "{n} new", more: "Show older ones", looking_for_more: "Looking…", list_end: "That is all of the last 24 hours.", looked_through: "Looked through the newest {n}.", look_further: "Look further back",
  empty_all: "No visits yet", empty_all_lead: "They appear here by themselves.", empty_print: "Nothing to print", empty_print_lead: "Every ticket has been printed.", empty_trouble: "No trouble", empty_trouble_lead: "Nothing has failed.", empty_find: "No ticket {n}", empty_find_lead: "Look at the number on the visitor’s phone.", looking_for: "Looking for {n}…",

  number: "No.", visit_of: "Visit of {time}", no_number: "No ticket yet", state_created: "Photo on its way", state_photo_received: "Being painted", state_captioned: "Being painted", state_painting: "Being painted", state_matched: "Making the ticket", state_ticket_ready: "Ticket ready", state_printed: "Printed", state_failed: "Failed", state_erased: "Erased",
  not_matched: "Quiz under way", no_match: "No artist", paintings: "Paintings", painting_queued: "{name}: waiting", painting_painting: "{name}: painting", painting_done: "{name}: done", painting_failed: "{name}: failed", painting_skipped: "{name}: not asked", stand_in: "by the stand-in engine", stand_ins: "Stand-in engine: {names}", paints_after_quiz: "Painted after the quiz", tries: "{n} tries",
  private: "Not public", on_screen: "On the public screen", hidden: "Hidden by staff",
  print: "Print", print_again: "Print again", printing_now: "Sending…", print_sent: "Sent to print", copies_left: "{n} left", copies_left_one: "1 left", why_no_ticket: "No ticket to print yet", why_used_up: "All copies are used up", why_no_sink: "No printer is set up", why_under_way: "Already on its way",
  print_waiting: "Waits to print", print_printing: "Printing now", print_held: "Held", print_printed: "Printed", print_failed: "Not printed", print_cancelled: "Cancelled", by_automatic: "by itself", by_staff: "by staff", printed_times: "Printed {n} times, last {time}", printed_once: "Printed {time}", not_printed: "Not printed yet", copies: "{n} copies",
  cancel_print: "Cancel this print", cancelling: "Cancelling…", cancelled: "Cancelled.",
  retry: "Try {name} again", retrying: "Trying…", retried: "{name} is painting again.", failed_artists: "Not painted: {why}. Try again:",
  hide: "Hide", hide_long: "Hide {ticket} from the public screen", hiding: "Hiding…", hid: "Hidden", show: "Show", show_long: "Show {ticket} on the public screen again", showing: "Showing…", shown: "Shown",
  erase: "Erase", erase_long: "Erase {ticket}", erase_sure: "Erase {ticket} for good?", erase_lead: "Photo, paintings and ticket go at once, on the visitor’s phone too. This cannot be undone.", erase_yes: "Erase for good", erasing: "Erasing…", erased: "Erased.",
  ticket: "Ticket", ticket_long: "Look at ticket {number}", pdf: "PDF", pdf_long: "Open ticket {number} as PDF", ticket_of: "Ticket {number}", ticket_picture: "Picture of ticket {number}", open_pdf: "Open the PDF", more_actions: "What to do with {ticket}", this_ticket: "ticket {number}", this_visit: "the visit of {time}",

  why_INVALID_REQUEST: "it was asked wrongly", why_BAD_PICTURE: "the photo cannot be read", why_BAD_TEMPLATE: "its ticket template is broken", why_UNKNOWN_ARTIST: "no painter serves this artist", why_BUSY: "every painter is busy", why_OUT_OF_MEMORY: "the painter ran out of memory", why_ENGINE_FAILED: "the painter broke down", why_ENGINE_UNAVAILABLE: "no painter was there", why_STYLE_NOT_APPLIED: "the style was not applied", why_DEADLINE_EXCEEDED: "it took too long", why_DRAINING: "the painter was shutting down", why_UNREACHABLE: "the painter did not answer", why_INTERNAL: "a fault in the painter", why_no_painting: "No artist could paint this photo",

  problem_offline: "No answer yet. Looking whether it arrived…", problem_unanswered: "No answer came. What you see now is how it stands.", problem_internal: "Something went wrong in the booth. Try again.", problem_busy: "The booth needs a moment. Try again.",
  problem_pin_wrong: "That is not the PIN.", problem_pin_tries: "Too many tries. Wait a moment.", problem_pin_unfit: "Too easy to guess: 6 to 12 digits, not all the same, not counting up or down.", problem_cross_site: "This page has to be opened from the booth’s own address.", problem_not_signed_in: "You are signed out.",
  problem_copies_used_up: "All copies of this ticket are used up.", problem_ticket_not_ready: "The ticket is not ready yet.", problem_no_sink: "No printer is set up.", problem_print_under_way: "Too late: it is printing already.", problem_print_over: "This print is over already.", problem_not_failed: "This artist is not waiting for another try.", problem_visit_erased: "This visit has been erased.", problem_kiosk_unknown: "This kiosk is not paired any more.",
};

// Which visits a search and a filter show. All of it on what is here already, so that typing answers at once.

const OPEN = new Set(["waiting", "printing", "held"]);

// One that waits for a reason that somebody has to mend.
export const isHeld = ({ state, reason }) => state === "held" || (state === "waiting" && Boolean(reason) && reason !== "busy");
export const openPrints = (visit) => visit.prints.filter(({ state }) => OPEN.has(state));
export const hasTicket = (visit) => Boolean(visit.ticket_pdf_url ?? visit.ticket_png_url);
export const isPrinted = (visit) => visit.prints.some(({ state }) => state === "printed");
export const isToPrint = (visit) => openPrints(visit).length > 0 || (hasTicket(visit) && !isPrinted(visit));
export const hasTrouble = (visit) => Boolean(visit.error) || visit.paintings.some(({ state }) => state === "failed")
  || visit.prints.some((one) => one.state === "failed" || isHeld(one));

export const SHOWN_BY = { all: () => true, print: isToPrint, trouble: hasTrouble };

const bare = (digits) => digits.replace(/^0+(?=\d)/, "");

// "42" finds 0042 first, then 0420 to 0429.
export function matching(visits, digits) {
  const wanted = bare(digits);
  const isExact = ({ number }) => bare(number) === wanted;
  const hits = visits.filter(({ number }) => number && (bare(number).startsWith(wanted) || number.startsWith(digits)));
  return [...hits.filter(isExact), ...hits.filter((one) => !isExact(one))];
}

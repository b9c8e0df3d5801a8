// Where the stops of the map are and how the rails run between them, in pixels: the photo comes in at the upper left, goes to the
// caption in the middle, from there a rail of its own leads to every painter, and one from every painter to the ticket below.

const NODE = 4.2; // diameters and distances in rem
const LANE = 0.55;
const CORNER = 0.9;
const LABEL = 4.7; // the height of a stop's words below its rail
const MARGIN = 0.9;
const TEXT = 6.4; // the height of a painter's words below the canvas
const NARROW_TEXT = 8.6;
const DENSE_TEXT = 3.9; // a line each
const NARROW = 50; // an upright monitor
const MOST_IN_A_ROW = { wide: 7, narrow: 4 };
const MOST_TALL = 1.3; // a canvas is at most so much higher than wide

// So many painters that each has room for short lines only.
export const isDense = ({ width, rem, painters }) => painters > (width < NARROW * rem ? MOST_IN_A_ROW.narrow : 5);

export function layOut({ width, height, rem, painters, hasPrint }) {
  const isNarrow = width < NARROW * rem;
  const node = NODE * rem;
  const top = { y: node / 2, gateway: node * 0.5, caption: width * 0.5 };
  const label = (LABEL + (isNarrow ? 1.2 : 0)) * rem;
  const text = (isDense({ width, rem, painters }) ? DENSE_TEXT : isNarrow ? NARROW_TEXT : TEXT) * rem;
  const bottom = { y: height - (LABEL + (isNarrow ? 2.6 : 0.5)) * rem, ticket: width * (isNarrow ? 0.3 : 0.43), print: width * (isNarrow ? 0.68 : 0.73) };
  if (!hasPrint && !isNarrow) bottom.ticket = width * 0.6;
  const lanes = Math.ceil(painters / 2) * LANE * rem;
  const area = { from: top.y + label + lanes + 1.1 * rem, to: bottom.y - node / 2 - lanes - 1.2 * rem };
  const rows = painters > MOST_IN_A_ROW[isNarrow ? "narrow" : "wide"] ? 2 : 1; // two rows lie like bricks: rails pass between
  const column = width / Math.max(1, rows === 1 ? painters : (painters + 1) / 2);
  const wide = Math.min(column - MARGIN * rows * rem, (area.to - area.from) * 1.15);
  const room = (area.to - area.from) / rows;
  const tall = Math.min(room - text, wide * MOST_TALL);
  const slack = (Math.max(0, room - tall - text) * rows) / 2;
  const canvases = Array.from({ length: painters }, (_, index) => ({
    x: (rows === 1 ? column * (index + 0.5) : (column * (index + 1)) / 2) - wide / 2,
    y: area.from + slack + (index % rows) * (tall + text), width: wide, height: tall, textHeight: text,
  }));
  const upper = fan(canvases.map((one) => one.x + one.width / 2), top.caption, rem);
  const lower = fan(canvases.map((one) => one.x + one.width / 2), bottom.ticket, rem);
  const busAbove = top.y + label + slack * 0.5;
  const busBelow = bottom.y - node / 2 - 0.7 * rem - slack * 0.5;
  return {
    node,
    stations: {
      gateway: { x: top.gateway, y: top.y, room: top.caption - top.gateway - node * 1.3 },
      caption: { x: top.caption, y: top.y, room: width - top.caption - node * 0.9 },
      ticket: { x: bottom.ticket, y: bottom.y, room: (hasPrint ? bottom.print : width) - bottom.ticket - node * 1.3 },
      ...(hasPrint && { print: { x: bottom.print, y: bottom.y, room: width - bottom.print - node * 0.9 } }),
    },
    canvases,
    rails: {
      gateway: `M${-node * 1.5} ${top.y}H${top.gateway}`,
      caption: `M${top.gateway} ${top.y}H${top.caption}`,
      to: canvases.map((one, index) => down(upper[index], top.y, busAbove + upper[index].depth, one.y, CORNER * rem)),
      from: canvases.map((one, index) =>
        up(lower[index], one.y + one.height + one.textHeight, busBelow - lower[index].depth, bottom.y, CORNER * rem)),
      print: hasPrint ? `M${bottom.ticket} ${bottom.y}H${bottom.print}` : "",
    },
  };
}

// Lanes side by side that never cross: the farther out a rail leads, the nearer to the stops it turns.
function fan(targets, centre, rem) {
  const lane = LANE * rem;
  return targets.map((x, index) => {
    const offset = (index - (targets.length - 1) / 2) * lane;
    const depth = (x < centre ? index : targets.length - 1 - index) * lane;
    return { lane: Math.abs(x - centre - offset) < lane ? x : centre + offset, x, depth };
  });
}

function down({ lane, x }, from, bus, to, corner) {
  if (lane === x) return `M${lane} ${from}V${to}`;
  const way = Math.sign(x - lane);
  const r = Math.min(corner, Math.abs(x - lane) / 2);
  return `M${lane} ${from}V${bus - r}Q${lane} ${bus} ${lane + way * r} ${bus}H${x - way * r}Q${x} ${bus} ${x} ${bus + r}V${to}`;
}

function up({ lane, x }, from, bus, to, corner) {
  if (lane === x) return `M${x} ${from}V${to}`;
  const way = Math.sign(lane - x);
  const r = Math.min(corner, Math.abs(x - lane) / 2);
  return `M${x} ${from}V${bus - r}Q${x} ${bus} ${x + way * r} ${bus}H${lane - way * r}Q${lane} ${bus} ${lane} ${bus + r}V${to}`;
}

import type { StillsView } from "../src/live/stills.svelte.ts";

/** Somebody at a microphone, drawn: the main picture of the stories. */
export function scene(): MediaStream {
  const canvas = document.createElement("canvas");
  canvas.width = 640;
  canvas.height = 360;
  const draw = canvas.getContext("2d");
  if (draw !== null) {
    setInterval(() => paint(draw), 200);
    paint(draw);
  }
  return canvas.captureStream(5);
}

function paint(draw: CanvasRenderingContext2D): void {
  const wall = draw.createLinearGradient(0, 0, 0, 360);
  wall.addColorStop(0, "#5d7178");
  wall.addColorStop(1, "#7e8e92");
  draw.fillStyle = wall;
  draw.fillRect(0, 0, 640, 360);
  draw.fillStyle = "#9fb4ba";
  draw.fillRect(60, 44, 134, 104);
  draw.fillStyle = "#e6ecee";
  draw.beginPath();
  draw.ellipse(320, 330, 144, 120, 0, Math.PI, 2 * Math.PI);
  draw.fill();
  draw.fillStyle = "#c9a187";
  draw.beginPath();
  draw.ellipse(320, 140, 47, 60, 0, 0, 2 * Math.PI);
  draw.fill();
  draw.fillStyle = "#3a4145";
  draw.beginPath();
  draw.ellipse(320, 104, 52, 40, 0, Math.PI, 2 * Math.PI);
  draw.fill();
  draw.fillStyle = "#6b4f3c";
  draw.fillRect(0, 300, 640, 60);
}

/** A table that somebody shares, drawn. */
export function sharedScreen(): MediaStream {
  const canvas = document.createElement("canvas");
  canvas.width = 1280;
  canvas.height = 720;
  const draw = canvas.getContext("2d");
  if (draw !== null) {
    setInterval(() => paintTable(draw), 200);
    paintTable(draw);
  }
  return canvas.captureStream(5);
}

function paintTable(draw: CanvasRenderingContext2D): void {
  draw.fillStyle = "#fff";
  draw.fillRect(0, 0, 1280, 720);
  draw.fillStyle = "#1d6b45";
  draw.fillRect(0, 0, 1280, 56);
  draw.fillStyle = "#fff";
  draw.font = "26px sans-serif";
  draw.fillText("Thu ngân sách 9 tháng theo huyện", 24, 38);
  draw.strokeStyle = "#c8d0d2";
  draw.fillStyle = "#20292c";
  draw.font = "24px sans-serif";
  for (let row = 0; row < 12; row += 1) {
    const top = 72 + row * 54;
    draw.strokeRect(24, top, 1232, 54);
    draw.fillText(`Đơn vị ${row + 1}`, 40, top + 36);
    draw.fillText(`${(row * 37 + 211) % 900} tỷ đồng`, 560, top + 36);
    draw.fillText(`${((row * 13) % 40) + 62} % dự toán`, 960, top + 36);
  }
}

/** The stills of rooms, drawn once: every one in a light of its own. */
export const drawnStills: StillsView = {
  open: true,
  bitsPerSecond: 1_640_000,
  show(point, canvas) {
    const draw = canvas.getContext("2d");
    if (draw !== null && !away(point)) {
      draw.save();
      draw.filter = `hue-rotate(${(point.length * 53) % 90}deg) brightness(${0.8 + (point.length % 5) / 12})`;
      draw.scale(192 / 640, 108 / 360);
      paint(draw);
      draw.restore();
    }
    return () => undefined;
  },
  at: (point) => (away(point) ? null : Date.now() - 900),
};

function away(point: string): boolean {
  return point.endsWith("Mộc Nam") || point.endsWith("Đại Cương");
}

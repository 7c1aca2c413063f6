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

// What a slot of a chart holds, in words under the chart while the pointer is over it; the table beside it has the same.
document.addEventListener('pointerover', ({ target }) => {
  const figure = target.closest?.('figure.ch'), tip = figure?.querySelector('.tip');
  if (tip) tip.textContent = target.dataset.tip ?? '';
});

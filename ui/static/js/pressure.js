// How many shown rows are late, at risk or due soon: counted from the rows themselves, so that it cannot disagree.
document.addEventListener('tick', () => {
  for (const number of document.querySelectorAll('[data-pressure] [data-of]')) {
    const count = String(document.querySelectorAll(`#rows .sla.${number.dataset.of}`).length);
    if (number.textContent !== count) number.textContent = count;
  }
});

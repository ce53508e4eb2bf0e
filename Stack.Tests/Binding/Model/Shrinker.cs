namespace UserNet.Tests.Binding.Model;

/// <summary>Makes a failing sequence small: leaves out ever smaller runs of it as long as it still fails.</summary>
internal static class Shrinker
{
    public static IReadOnlyList<T> Shrink<T>(IReadOnlyList<T> failing, Func<IReadOnlyList<T>, bool> fails)
    {
        List<T> smallest = [.. failing];
        for (int run = Math.Max(1, smallest.Count / 2); run >= 1; run /= 2)
        {
            bool shrunk;
            do
            {
                shrunk = false;
                for (int start = smallest.Count - run; start >= 0; start -= run)
                {
                    List<T> without = [.. smallest];
                    without.RemoveRange(start, run);
                    if (!fails(without)) continue;
                    smallest = without;
                    shrunk = true;
                }
            }
            while (shrunk && run == 1);
        }

        return smallest;
    }
}

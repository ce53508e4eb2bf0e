namespace UserNet;

// What the stack counted.
public sealed partial class NetworkStack
{
    /// <summary>The counters as they are now; prints itself as <c>netstat -s</c> does. Any thread.</summary>
    public StackStatistics Statistics
    {
        get
        {
            using (Core.Enter()) return new StackStatistics(Core);
        }
    }

    /// <summary>Shows the counters as instruments of System.Diagnostics.Metrics, by the meter name UserNet.</summary>
    /// <param name="tags">Tags of the meter, such as the host's name where a process has several stacks.</param>
    /// <returns>Dispose of it to take the instruments away. Any thread.</returns>
    public StackMeter CreateMeter(IEnumerable<KeyValuePair<string, object?>>? tags = null) => new(this, tags);
}

using System.Net.NetworkInformation;
using UserNet.Tcp;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class TcpStateMachineTests
{
    // Rows: states of RFC 9293 §3.3.2. Columns: events. A dot is the state itself.
    private const string Table = """
                     PassiveOpen ActiveOpen SynArrived  SynAckArrived AckOfSynArrived FinArrived AckOfFinArrived UserClosed UserAborted ResetArrived TimedOut TwoMslElapsed
        Closed       Listen      SynSent    SynReceived .             .               .          .               .          .           .            .        .
        Listen       .           SynSent    .           .             .               .          .               Closed     Closed      .            .        .
        SynSent      .           .          SynReceived Established   .               .          .               Closed     Closed      Closed       Closed   .
        SynReceived  .           .          .           Established   Established     CloseWait  .               FinWait1   Closed      Closed       Closed   .
        Established  .           .          .           .             .               CloseWait  .               FinWait1   Closed      Closed       Closed   .
        FinWait1     .           .          .           .             .               Closing    FinWait2        .          Closed      Closed       Closed   .
        FinWait2     .           .          .           .             .               TimeWait   .               .          Closed      Closed       Closed   .
        CloseWait    .           .          .           .             .               .          .               LastAck    Closed      Closed       Closed   .
        Closing      .           .          .           .             .               .          TimeWait        .          Closed      Closed       Closed   .
        LastAck      .           .          .           .             .               .          Closed          .          Closed      Closed       Closed   .
        TimeWait     .           .          .           .             .               .          .               .          Closed      Closed       Closed   Closed
        """;

    [Fact]
    public void Every_event_in_every_state_leads_where_the_table_says()
    {
        string[][] rows = [.. Table.Split('\n').Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
        TcpEvent[] events = [.. rows[0].Select(Enum.Parse<TcpEvent>)];
        Assert.Equal(Enum.GetValues<TcpEvent>().Order(), events.Order());
        TcpState[] states = [.. rows.Skip(1).Select(row => Enum.Parse<TcpState>(row[0]))];
        Assert.Equal(Enum.GetValues<TcpState>().Except([TcpState.Unknown, TcpState.DeleteTcb]).Order(), states.Order());
        for (int s = 0; s < states.Length; s++)
        {
            Assert.Equal(events.Length + 1, rows[s + 1].Length);
            for (int e = 0; e < events.Length; e++)
            {
                string expected = rows[s + 1][e + 1] == "." ? rows[s + 1][0] : rows[s + 1][e + 1];
                TcpState next = TcpStateMachine.Next(states[s], events[e]);
                Assert.True(expected == next.ToString(), $"{states[s]}, {events[e]}: {next} instead of {expected}");
            }
        }
    }

    // The ways of RFC 9293 §3.6, figures 12 and 13, from both sides.
    [Theory]
    [InlineData("ActiveOpen SynAckArrived UserClosed AckOfFinArrived FinArrived TwoMslElapsed")]
    [InlineData("SynArrived AckOfSynArrived FinArrived UserClosed AckOfFinArrived")]
    [InlineData("ActiveOpen SynArrived AckOfSynArrived UserClosed FinArrived AckOfFinArrived TwoMslElapsed")]
    public void Every_connection_ends_closed(string events)
    {
        TcpState state = TcpState.Closed;
        foreach (string name in events.Split(' '))
        {
            TcpState next = TcpStateMachine.Next(state, Enum.Parse<TcpEvent>(name));
            Assert.NotEqual(state, next);
            state = next;
        }

        Assert.Equal(TcpState.Closed, state);
    }
}
